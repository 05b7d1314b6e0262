# mistakes: single-sample@14
import copy
import time

import torch
from torchvision.models import inception_v3


def clock(net, arr):
    with torch.no_grad():
        for _ in range(10):
            net(arr)
        torch.cuda.synchronize()
        t0 = time.perf_counter()
        net(arr)
        torch.cuda.synchronize()
        return time.perf_counter() - t0


full = inception_v3(weights=None, init_weights=False).cuda().eval()
half = copy.deepcopy(full).half()
pic = torch.rand(16, 3, 299, 299, device="cuda")
a = clock(full, pic)
b = clock(half, pic.half())
print(f"fp32 {a * 1e3:.2f} ms | fp16 {b * 1e3:.2f} ms | speed-up x{a / b:.2f}")
