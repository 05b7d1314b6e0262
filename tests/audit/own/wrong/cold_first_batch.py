# mistakes: no-warm-up@20
import time
import torch
from torchvision.models import densenet121

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
dense = densenet121(weights="IMAGENET1K_V1").to(device).eval()
x = torch.randn(1, 3, 224, 224, device=device)


def sync():
    if device.type == "cuda":
        torch.cuda.synchronize()


ts = []
with torch.no_grad():
    for _ in range(100):
        sync()
        t = time.perf_counter()
        dense(x)
        sync()
        ts.append(time.perf_counter() - t)

print(f"mean latency {sum(ts) / len(ts) * 1e3:.2f} ms on {device}")
