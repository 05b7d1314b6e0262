# right: the preprocess clock covers host-only work (no GPU call pending), the forward clock is synchronised
import time
from dataclasses import dataclass, field

import torch
import torchvision
from PIL import Image
from torchvision import transforms as T


@dataclass
class Split:
    pre: list = field(default_factory=list)
    fwd: list = field(default_factory=list)

    def row(self, skip):
        return {k: 1e3 * sum(v[skip:]) / len(v[skip:]) for k, v in vars(self).items()}


prep = T.Compose([T.Resize(256), T.CenterCrop(224), T.ToTensor()])


class App:
    def __init__(self):
        self.net = torchvision.models.resnet50(weights=None).eval().cuda()
        self.split = Split()

    @torch.no_grad()
    def handle(self, pil):
        t0 = time.perf_counter()
        cpu = prep(pil)
        t1 = time.perf_counter()
        gpu = cpu[None].to("cuda")
        torch.cuda.synchronize()
        t2 = time.perf_counter()
        out = self.net(gpu)
        torch.cuda.synchronize()
        t3 = time.perf_counter()
        self.split.pre.append(t1 - t0)
        self.split.fwd.append(t3 - t2)
        return out.argmax().item()


app = App()
pic = Image.new("RGB", (640, 480), (90, 120, 30))
for _ in range(110):
    app.handle(pic)
print({k: f"{v:.2f} ms" for k, v in app.split.row(skip=10).items()})
