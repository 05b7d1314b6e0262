# right: compiled model is called several times before the timed loop
import time
import torch
from torchvision.models import convnext_tiny

base = convnext_tiny().eval().cuda()
fast = torch.compile(base, mode="max-autotune")
x = torch.randn(8, 3, 224, 224, device="cuda")


@torch.no_grad()
def run(fn, n):
    for _ in range(n):
        fn(x)
    torch.cuda.synchronize()


for tag, fn in [("eager", base), ("compiled", fast)]:
    run(fn, 15)  # compiles / warms
    t = time.perf_counter()
    run(fn, 100)
    print(tag, "%.2f ms" % ((time.perf_counter() - t) / 100 * 1e3))
