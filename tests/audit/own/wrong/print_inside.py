# mistakes: print-in-timing@18
import time
import torch
from torchvision.models import vgg16

vgg = vgg16().cuda().eval()
inp = torch.randn(4, 3, 224, 224, device="cuda")
N = 100

with torch.inference_mode():
    for _ in range(10):
        vgg(inp)
    torch.cuda.synchronize()

    tic = time.time()
    for i in range(N):
        vgg(inp)
        print("iteration", i, "of", N)
    torch.cuda.synchronize()
    toc = time.time()

print("VGG-16: %.2f ms per batch" % ((toc - tic) / N * 1000))
