# right: throughput from summed images over total time, one synchronise after the loop
import time
import torch
from torchvision.models import regnet_x_1_6gf

net = regnet_x_1_6gf().cuda().half().eval()
for bs in [1, 4, 16, 64, 256]:
    x = torch.randn(bs, 3, 224, 224, device="cuda").half()
    with torch.no_grad():
        for _ in range(10):
            net(x)
        torch.cuda.synchronize()
        n, t0 = 0, time.perf_counter()
        for _ in range(50):
            net(x)
            n += x.shape[0]
        torch.cuda.synchronize()
        dt = time.perf_counter() - t0
    print(f"bs={bs:<4d} {n / dt:9.1f} img/s")
    del x
    torch.cuda.empty_cache()
