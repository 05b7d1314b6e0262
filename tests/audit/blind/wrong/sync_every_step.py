# mistakes: sync-per-call-throughput@20
import time

import torch
from torchvision.models import resnext50_32x4d

bs = 64
net = resnext50_32x4d(weights=None).cuda().eval().to(memory_format=torch.channels_last)
stack = torch.rand(bs, 3, 224, 224, device="cuda").to(memory_format=torch.channels_last)

with torch.inference_mode():
    for _ in range(15):
        net(stack)
    torch.cuda.synchronize()

    n_batches = 120
    wall = time.perf_counter()
    for _ in range(n_batches):
        net(stack)
        torch.cuda.synchronize()
    wall = time.perf_counter() - wall

print(f"peak throughput: {n_batches * bs / wall:.1f} img/s")
