# mistakes: mean-of-rates@24
import numpy as np
import torch

B = 20
embedder = torch.nn.Sequential(
    torch.nn.Conv2d(3, 32, 3, 2), torch.nn.ReLU(), torch.nn.AdaptiveAvgPool2d(1)
).to("cuda").eval()
crops = torch.rand(B, 3, 112, 112, device="cuda")
n_rep = 250
ev_a = [torch.cuda.Event(enable_timing=True) for _ in range(n_rep)]
ev_b = [torch.cuda.Event(enable_timing=True) for _ in range(n_rep)]

with torch.no_grad():
    for _ in range(25):
        embedder(crops)
    for first, second in zip(ev_a, ev_b):
        first.record()
        embedder(crops)
        second.record()
torch.cuda.synchronize()

sec = np.array([p.elapsed_time(q) for p, q in zip(ev_a, ev_b)]) / 1e3
crops_per_second = np.mean(B / sec)
print(f"{crops_per_second:.1f} crops/s")
