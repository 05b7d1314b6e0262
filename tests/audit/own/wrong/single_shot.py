# mistakes: single-sample@14
import time
import torch
from torchvision.models import convnext_small

m = convnext_small(weights="DEFAULT").eval().cuda()
im = torch.randn(1, 3, 224, 224, device="cuda")

with torch.inference_mode():
    for _ in range(10):
        m(im)
    torch.cuda.synchronize()

    start_time = time.perf_counter()
    m(im)
    torch.cuda.synchronize()
    end_time = time.perf_counter()

print("Inference latency: {:.2f} ms".format(1000 * (end_time - start_time)))
