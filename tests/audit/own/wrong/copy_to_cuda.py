# mistakes: copy-in-timing@20
import time
import numpy as np
import torch
from torchvision.models import efficientnet_v2_s

gpu = torch.device("cuda")
effnet = efficientnet_v2_s(weights=None).to(gpu).eval()
host_imgs = torch.randn(8, 3, 384, 384)

with torch.no_grad():
    warm = host_imgs.to(gpu)
    for _ in range(10):
        effnet(warm)
    torch.cuda.synchronize()

    lat = []
    for _ in range(100):
        t0 = time.perf_counter()
        dev_imgs = host_imgs.to("cuda")
        effnet(dev_imgs)
        torch.cuda.synchronize()
        lat.append((time.perf_counter() - t0) * 1000)

print("model forward: %.2f ms (p90 %.2f)" % (np.mean(lat), np.percentile(lat, 90)))
