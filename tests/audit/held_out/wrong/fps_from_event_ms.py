# mistakes: unit-mix-up@25
import torch
import torch.nn as nn

cfg = dict(batch=32, iters=200)
stem = nn.Sequential(
    nn.Conv2d(3, 64, 7, 2, 3), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1),
    nn.Conv2d(64, 128, 3, 2, 1), nn.BatchNorm2d(128), nn.ReLU(),
).cuda().eval()
x = torch.randn(cfg["batch"], 3, 256, 256, device="cuda")

t_beg = torch.cuda.Event(enable_timing=True)
t_fin = torch.cuda.Event(enable_timing=True)

with torch.inference_mode():
    for _ in range(30):
        stem(x)
    t_beg.record()
    for _ in range(cfg["iters"]):
        stem(x)
    t_fin.record()
t_fin.synchronize()

total = t_beg.elapsed_time(t_fin)
fps = cfg["batch"] * cfg["iters"] / total
print(f"stem runs at {fps:.1f} images per second")
