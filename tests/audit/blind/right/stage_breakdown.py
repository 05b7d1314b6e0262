# right: upload, forward and download timed as separately named stages
import time
from collections import Counter

import torch
from torchvision.models import resnet18

DEV = "cuda"
net = resnet18(weights=None).to(DEV).eval()
host_batches = [torch.rand(32, 3, 224, 224).pin_memory() for _ in range(40)]
spent = Counter()


def lap():
    torch.cuda.synchronize()
    return time.perf_counter()


with torch.no_grad():
    for hb in host_batches[:8]:
        net(hb.to(DEV)).cpu()
    for hb in host_batches[8:]:
        t0 = lap()
        gpu_batch = hb.to(DEV)
        t1 = lap()
        logits = net(gpu_batch)
        t2 = lap()
        logits.cpu()
        t3 = lap()
        spent.update(upload=t1 - t0, forward=t2 - t1, download=t3 - t2)

for stage, sec in spent.items():
    print(f"{stage:9s} {sec / len(host_batches[8:]) * 1e3:7.3f} ms per batch")
