# right: the side stream that runs the work is synchronised instead of the device
import time
import torch
from torch import nn

work = torch.cuda.Stream()
lin = nn.Linear(8192, 8192, bias=False, device="cuda", dtype=torch.bfloat16).eval()
a = torch.randn(64, 8192, device="cuda", dtype=torch.bfloat16)
torch.cuda.synchronize()

with torch.inference_mode(), torch.cuda.stream(work):
    for _ in range(10):
        lin(a)
    work.synchronize()
    t0 = time.perf_counter()
    for _ in range(400):
        lin(a)
    work.synchronize()
    t1 = time.perf_counter()

print(f"{(t1 - t0) / 400 * 1e6:.1f} us per matmul")
