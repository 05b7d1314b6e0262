# mistakes: empty-cache-in-timing@21
import time

import torch
from torchvision.models.detection import retinanet_resnet50_fpn

detector = retinanet_resnet50_fpn(weights=None, weights_backbone=None)
detector = detector.eval().to("cuda")
imgs = [torch.rand(3, 640, 640, device="cuda") for _ in range(2)]


@torch.no_grad()
def latency(n=30, n_warm=5):
    for _ in range(n_warm):
        detector(imgs)
    torch.cuda.synchronize()
    out = []
    for _ in range(n):
        t0 = time.perf_counter()
        detector(imgs)
        torch.cuda.empty_cache()
        torch.cuda.synchronize()
        out.append(time.perf_counter() - t0)
    return torch.tensor(out)


lat = latency()
print(f"RetinaNet: {lat.mean() * 1e3:.1f} ms ± {lat.std() * 1e3:.1f} ms")
