# right: it measures a training step on purpose, so train mode and gradients belong there
import time

import torch
import torch.nn as nn
from torchvision.models import resnet50


class Trainer:
    def __init__(self, bs=32):
        self.net = resnet50(weights=None).cuda().to(memory_format=torch.channels_last)
        self.net.train()
        self.opt = torch.optim.SGD(self.net.parameters(), lr=0.1, momentum=0.9)
        self.crit = nn.CrossEntropyLoss()
        self.img = torch.randn(bs, 3, 224, 224, device="cuda").to(memory_format=torch.channels_last)
        self.lab = torch.randint(0, 1000, (bs,), device="cuda")

    def step(self):
        self.opt.zero_grad(set_to_none=True)
        with torch.autocast("cuda", dtype=torch.bfloat16):
            loss = self.crit(self.net(self.img), self.lab)
        loss.backward()
        self.opt.step()
        return loss


def time_steps(tr, n):
    torch.cuda.synchronize()
    t = time.perf_counter()
    for _ in range(n):
        loss = tr.step()
    torch.cuda.synchronize()
    return (time.perf_counter() - t) / n, loss.item()


tr = Trainer()
time_steps(tr, 5)
sec, last = time_steps(tr, 40)
print(f"training step {sec * 1e3:.1f} ms (loss {last:.3f}), {tr.img.shape[0] / sec:.0f} img/s")
