# mistakes: no-no-grad@17
import time
import torch
from torchvision.models import mnasnet1_0

net = mnasnet1_0(weights="DEFAULT").cuda()
net.eval()
photo = torch.randn(1, 3, 224, 224, device="cuda")

for _ in range(20):
    net(photo)
torch.cuda.synchronize()

collected = []
for _ in range(200):
    t0 = time.perf_counter_ns()
    net(photo)
    torch.cuda.synchronize()
    collected.append(time.perf_counter_ns() - t0)

print(f"{sum(collected) / len(collected) / 1e6:.3f} ms")
