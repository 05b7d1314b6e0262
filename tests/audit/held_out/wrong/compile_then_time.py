# mistakes: compile-in-timing@26
import argparse
import time
import torch
from torchvision.models import convnext_small

ap = argparse.ArgumentParser(description="does torch.compile help?")
ap.add_argument("--mode", default="default")
ap.add_argument("--n", type=int, default=50)
cli = ap.parse_args()

eager = convnext_small().cuda().eval()
inp = torch.randn(8, 3, 224, 224, device="cuda")

with torch.no_grad():
    for _ in range(10):
        eager(inp)
    torch.cuda.synchronize()
    a = time.perf_counter()
    for _ in range(cli.n):
        eager(inp)
    torch.cuda.synchronize()
    b = time.perf_counter()

    fast = torch.compile(eager, mode=cli.mode)
    c = time.perf_counter()
    for _ in range(cli.n):
        fast(inp)
    torch.cuda.synchronize()
    d = time.perf_counter()

print(f"eager    {(b - a) / cli.n * 1e3:.2f} ms")
print(f"compiled {(d - c) / cli.n * 1e3:.2f} ms")
