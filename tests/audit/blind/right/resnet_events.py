# right: CUDA events per call, one synchronise before reading them
import torch
import torchvision

resnet = torchvision.models.resnet50(weights=None).eval().cuda()
x = torch.randn(8, 3, 224, 224, device="cuda")
events = []

with torch.no_grad():
    for _ in range(20):
        resnet(x)
    for _ in range(100):
        s = torch.cuda.Event(enable_timing=True)
        e = torch.cuda.Event(enable_timing=True)
        s.record()
        resnet(x)
        e.record()
        events.append((s, e))

torch.cuda.synchronize()
ms = sorted(s.elapsed_time(e) for s, e in events)
print(f"median {ms[50]:.2f} ms, p90 {ms[90]:.2f} ms")
