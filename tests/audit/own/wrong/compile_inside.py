# mistakes: compile-in-timing@17
import time
import torch
from torchvision.models import resnet50

torch.set_float32_matmul_precision("high")
eager = resnet50(weights="DEFAULT").cuda().eval()
inputs = torch.randn(16, 3, 224, 224, device="cuda")
runs = 50

with torch.no_grad():
    for _ in range(10):
        eager(inputs)
    torch.cuda.synchronize()

    t0 = time.perf_counter()
    fast = torch.compile(eager, mode="max-autotune")
    for _ in range(runs):
        fast(inputs)
    torch.cuda.synchronize()
    latency = (time.perf_counter() - t0) / runs

print(f"compiled resnet50 latency: {latency * 1e3:.2f} ms")
