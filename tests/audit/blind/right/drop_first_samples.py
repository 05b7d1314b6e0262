# right: the first samples are thrown away, which serves as warm-up
import time

import numpy as np
import torch
import torchvision

SKIP = 10
wide = torchvision.models.wide_resnet50_2(weights=None).cuda().eval()
x = torch.zeros(4, 3, 224, 224, device="cuda")
raw = []

with torch.no_grad():
    for _ in range(SKIP + 90):
        torch.cuda.synchronize()
        t = time.perf_counter()
        wide(x)
        torch.cuda.synchronize()
        raw.append(time.perf_counter() - t)

steady = np.asarray(raw)[SKIP:] * 1e3
print(f"steady-state latency {steady.mean():.2f} ms (std {steady.std():.2f}, n={steady.size})")
