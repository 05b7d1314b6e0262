# right: the callable given to timeit synchronises itself; warm-up before
import timeit
import numpy as np
import torch
from torch import nn

conv = nn.Conv3d(16, 32, 3, padding=1).cuda().eval()
vol = torch.randn(1, 16, 32, 64, 64, device="cuda")


def f():
    with torch.no_grad():
        conv(vol)
    torch.cuda.synchronize()


for _ in range(5):
    f()

res = np.array(timeit.repeat(f, number=20, repeat=7)) / 20
print("conv3d best of 7: {:.3f} ms".format(res.min() * 1e3))
