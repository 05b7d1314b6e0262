# right: every model of the dictionary gets eval, warm-up and a synchronised pair of events
import torch
from torchvision import models

zoo = {n: getattr(models, n) for n in ("resnet18", "vgg11_bn", "squeezenet1_0")}
x = torch.randn(8, 3, 224, 224, device="cuda")
e0, e1 = (torch.cuda.Event(enable_timing=True) for _ in range(2))
rows = []

with torch.no_grad():
    for name, ctor in zoo.items():
        net = ctor(weights=None).cuda().eval()
        for _ in range(10):
            net(x)
        e0.record()
        for _ in range(100):
            net(x)
        e1.record()
        e1.synchronize()
        rows.append((name, e0.elapsed_time(e1) / 100))
        del net
        torch.cuda.empty_cache()

for name, ms in rows:
    print(f"{name:14s}{ms:8.2f} ms{8 / ms * 1e3:10.0f} img/s")
