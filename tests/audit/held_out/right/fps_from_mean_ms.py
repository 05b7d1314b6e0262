# right: images per second from the mean of the times, ms converted with 1000
import torch
from torchvision.models import efficientnet_b3

model = efficientnet_b3(weights=None).cuda()
model.eval()
BS = 12
x = torch.randn(BS, 3, 300, 300, device="cuda")

starts = [torch.cuda.Event(enable_timing=True) for _ in range(100)]
ends = [torch.cuda.Event(enable_timing=True) for _ in range(100)]
with torch.no_grad():
    for _ in range(20):
        model(x)
    for s, e in zip(starts, ends):
        s.record()
        model(x)
        e.record()
    torch.cuda.synchronize()

ms = [s.elapsed_time(e) for s, e in zip(starts, ends)]
mean_ms = sum(ms) / len(ms)
print(f"{mean_ms:.2f} ms, {BS * 1000 / mean_ms:.1f} img/s")
