# right: torch.compile finished during warm-up, before the clock starts
import time

import torch
from torchvision.models import resnet34

opt_net = torch.compile(resnet34(weights=None).cuda().eval())
batch = torch.randn(64, 3, 224, 224, device="cuda")


def warm_up(fn, arg, times=8):
    for _ in range(times):
        fn(arg)
    torch.cuda.synchronize()


with torch.inference_mode():
    warm_up(opt_net, batch)
    tic = time.perf_counter()
    for _ in range(100):
        opt_net(batch)
    torch.cuda.synchronize()
    toc = time.perf_counter()

print(f"compiled resnet34: {(toc - tic) * 10:.2f} ms per batch")  # /100 iterations * 1000 ms
