# right: the function given to timeit synchronises by itself
import timeit

import torch
from torchvision.models import resnet50

net = resnet50().cuda().eval()
pic = torch.randn(1, 3, 224, 224, device="cuda")


def forward():
    with torch.inference_mode():
        net(pic)
    torch.cuda.synchronize()


for _ in range(20):
    forward()

per_run = timeit.repeat(forward, number=50, repeat=5)
print("latency, best of 5: %.2f ms" % (min(per_run) / 50 * 1e3))
