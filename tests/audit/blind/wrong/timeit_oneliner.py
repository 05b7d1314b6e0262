# mistakes: host-clock-without-sync@22
import timeit

import torch
from torchvision.models import vit_b_16

gpu = torch.device("cuda", 0)
vit = vit_b_16(weights=None).to(gpu).eval()
img = torch.rand(4, 3, 224, 224, device=gpu)


@torch.no_grad()
def forward():
    return vit(img)


for _ in range(10):
    forward()
torch.cuda.synchronize(gpu)

N = 100
total = timeit.timeit(forward, number=N)
print(f"ViT-B/16 forward: {total / N * 1e3:.2f} ms (avg of {N})")
