# right: nanosecond clock converted correctly to ms and s
import time

import torch

gpu = "cuda:0"
pool = torch.nn.AdaptiveMaxPool3d(8).to(gpu).eval()
vox = torch.rand(4, 32, 64, 64, 64, device=gpu)
K = 90

with torch.inference_mode():
    for _ in range(9):
        pool(vox)
    torch.cuda.synchronize(gpu)
    a = time.time_ns()
    for _ in range(K):
        pool(vox)
    torch.cuda.synchronize(gpu)
    b = time.time_ns()

print(f"total {(b - a) / 1e9:.3f} s, per call {(b - a) / K / 1e6:.3f} ms")
