# right: training throughput, forward + backward + step are the thing measured
import time

import torch
import torchvision

BS, STEPS = 96, 60
net = torchvision.models.resnet50(weights=None).cuda().train()
opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
x = torch.randn(BS, 3, 224, 224, device="cuda")
y = torch.randint(0, 1000, (BS,), device="cuda")


def train_steps(n):
    for _ in range(n):
        opt.zero_grad(set_to_none=True)
        torch.nn.functional.cross_entropy(net(x), y).backward()
        opt.step()


train_steps(10)
torch.cuda.synchronize()
t0 = time.perf_counter()
train_steps(STEPS)
torch.cuda.synchronize()
print(f"training: {BS * STEPS / (time.perf_counter() - t0):.0f} img/s")
