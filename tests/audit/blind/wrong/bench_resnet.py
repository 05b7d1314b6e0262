# mistakes: host-clock-without-sync@18
import time

import torch
import torchvision

model = torchvision.models.resnet50(weights=None).cuda().eval()
batch = torch.randn(16, 3, 224, 224, device="cuda")

with torch.no_grad():
    for _ in range(20):
        model(batch)

    timings = []
    for _ in range(100):
        begin = time.time()
        model(batch)
        timings.append(time.time() - begin)

print(f"mean latency: {1000 * sum(timings) / len(timings):.2f} ms")
