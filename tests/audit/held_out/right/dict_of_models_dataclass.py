# right: model dictionary, dataclass results, positional enable_timing
from dataclasses import dataclass
import torch
from torchvision import models


@dataclass
class Row:
    name: str
    ms: float
    batch: int

    @property
    def ips(self):
        return self.batch / (self.ms / 1e3)


def bench(net, x, n=100):
    on, off = torch.cuda.Event(True), torch.cuda.Event(True)
    with torch.inference_mode():
        for _ in range(10):
            net(x)
        on.record()
        for _ in range(n):
            net(x)
        off.record()
    off.synchronize()
    return on.elapsed_time(off) / n


x = torch.randn(20, 3, 224, 224, device="cuda")
nets = {k: getattr(models, k)().cuda().eval() for k in ("resnet18", "alexnet", "squeezenet1_0")}
for row in [Row(k, bench(m, x), len(x)) for k, m in nets.items()]:
    print(f"{row.name:15s} {row.ms:7.2f} ms {row.ips:9.0f} img/s")
