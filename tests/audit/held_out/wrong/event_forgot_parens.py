# mistakes: event-not-recorded@16
import torch
from torchvision.models import squeezenet1_1

sq = squeezenet1_1().cuda().eval()
data = torch.randn(4, 3, 224, 224, device="cuda")

with torch.no_grad():
    for _ in range(10):
        sq(data)

    evs = [(torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)) for _ in range(100)]
    for s, e in evs:
        s.record()
        sq(data)
        e.record

torch.cuda.synchronize()
ms = [s.elapsed_time(e) for s, e in evs]
print("squeezenet avg", sum(ms) / len(ms), "ms")
