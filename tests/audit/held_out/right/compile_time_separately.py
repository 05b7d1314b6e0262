# right: the first compiled call is reported as compile time only, latency is measured afterwards
import time
import torch
from torch import nn

block = nn.Sequential(nn.Conv2d(64, 64, 3, padding=1), nn.BatchNorm2d(64), nn.SiLU()).cuda().eval()
t_in = torch.randn(4, 64, 128, 128, device="cuda")

with torch.inference_mode():
    torch.cuda.synchronize()
    c0 = time.perf_counter()
    opt = torch.compile(block)
    opt(t_in)
    torch.cuda.synchronize()
    print("compilation took %.1f s" % (time.perf_counter() - c0))

    for _ in range(10):
        opt(t_in)
    torch.cuda.synchronize()

    lat = []
    for _ in range(200):
        t0 = time.perf_counter()
        opt(t_in)
        torch.cuda.synchronize()
        lat.append((time.perf_counter() - t0) * 1e3)

print("latency p50 %.3f ms" % sorted(lat)[100])
