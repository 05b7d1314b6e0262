# right: .item() and print come after the stop event was synchronised
import torch
from torch import nn

judge = nn.Sequential(nn.Linear(128, 64), nn.Dropout(0.2), nn.ReLU(), nn.Linear(64, 1), nn.Sigmoid())
judge.eval().to("cuda")
x = torch.randn(4096, 128, device="cuda")
s, e = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
total = 0.0

with torch.inference_mode():
    for _ in range(10):
        judge(x)
    for i in range(100):
        s.record()
        p = judge(x)
        e.record()
        e.synchronize()
        total += s.elapsed_time(e)
        if i % 25 == 0:
            print(i, "mean score", p.mean().item())

print(f"{total / 100 * 1000:.1f} us per batch")
