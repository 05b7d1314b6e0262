# right: timeit on a function that synchronises inside
import timeit

import torch
from torchvision.models import mnasnet1_0

mnas = mnasnet1_0(weights=None).cuda().eval()
x = torch.rand(1, 3, 224, 224, device="cuda")


def forward_and_wait():
    with torch.no_grad():
        mnas(x)
    torch.cuda.synchronize()


for _ in range(15):
    forward_and_wait()

trials = timeit.repeat(forward_and_wait, number=50, repeat=7)
print("best of 7: %.2f ms per forward" % (min(trials) / 50 * 1e3))
