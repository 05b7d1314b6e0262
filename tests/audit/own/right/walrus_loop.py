# right: walrus for the start clock, synchronise between call and stop clock
import time
import torch
from torchvision.models import vit_b_32

vit = vit_b_32().to("cuda").eval()
px = torch.randn(2, 3, 224, 224, device="cuda")
ns = []
with torch.inference_mode():
    for _ in range(10):
        vit(px)
    torch.cuda.synchronize()
    while (n := len(ns)) < 250:
        if (t0 := time.perf_counter_ns()) and vit(px) is not None:
            torch.cuda.synchronize()
            ns.append(time.perf_counter_ns() - t0)
print(f"{n} samples, mean {sum(ns) / n / 1e6:.3f} ms")
