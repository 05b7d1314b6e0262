# mistakes: batch-size-mismatch@21
import time
import torch
from torchvision.models import resnet101

BATCH_SIZE = 64

net = resnet101().cuda().half().eval()
data = torch.randn(32, 3, 224, 224, device="cuda", dtype=torch.half)

with torch.no_grad():
    for _ in range(10):
        net(data)
    torch.cuda.synchronize()
    t0 = time.perf_counter()
    for _ in range(100):
        net(data)
    torch.cuda.synchronize()
    wall = time.perf_counter() - t0

ips = 100 * BATCH_SIZE / wall
print(f"throughput {ips:.0f} images/sec")
