# right: host clock with a synchronise before each reading
import statistics
import time

import torch

proj = torch.nn.Linear(4096, 4096).to("cuda:0").eval()
acts = torch.rand(256, 4096, device="cuda:0")


@torch.inference_mode()
def collect(n):
    res = []
    for _ in range(n):
        torch.cuda.synchronize()
        a = time.perf_counter()
        proj(acts)
        torch.cuda.synchronize()
        b = time.perf_counter()
        res.append(1e6 * (b - a))
    return res


collect(25)  # warm up cuBLAS, discard
us = collect(400)
print(f"linear 4096x4096: {statistics.median(us):.1f} us (stdev {statistics.stdev(us):.1f})")
