# mistakes: compile-in-timing@21
import time

import torch

block = torch.nn.TransformerEncoderLayer(768, 12, 3072, batch_first=True).cuda().eval()
x = torch.randn(8, 197, 768, device="cuda")
REPEAT = 100

with torch.inference_mode():
    for _ in range(10):
        block(x)
    torch.cuda.synchronize()
    t0 = time.perf_counter()
    for _ in range(REPEAT):
        block(x)
    torch.cuda.synchronize()
    eager = (time.perf_counter() - t0) / REPEAT

    t0 = time.perf_counter()
    fast = torch.compile(block, mode="reduce-overhead")
    for _ in range(REPEAT):
        fast(x)
    torch.cuda.synchronize()
    compiled = (time.perf_counter() - t0) / REPEAT

print(f"eager {eager * 1e3:.3f} ms, compiled {compiled * 1e3:.3f} ms per forward")
