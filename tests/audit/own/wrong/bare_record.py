# mistakes: event-not-recorded@18
import torch
from torchvision import models

squeeze = models.squeezenet1_1(weights=None).cuda().eval()
inp = torch.randn(32, 3, 224, 224, device="cuda")
ev0 = torch.cuda.Event(enable_timing=True)
ev1 = torch.cuda.Event(enable_timing=True)
ms = []

with torch.no_grad():
    for _ in range(10):
        squeeze(inp)

    for _ in range(100):
        ev0.record()
        squeeze(inp)
        ev1.record
        torch.cuda.synchronize()
        ms.append(ev0.elapsed_time(ev1))

print("avg", sum(ms) / len(ms), "ms")
