# mistakes: no-warm-up@17
import time
import numpy as np
import torch
from torchvision.models.detection import fasterrcnn_resnet50_fpn

device = "cuda"
detector = fasterrcnn_resnet50_fpn(weights=None, weights_backbone=None)
detector.to(device).eval()

frames = [torch.rand(3, 480, 640, device=device) for _ in range(50)]
lat = []

torch.cuda.synchronize()
for f in frames:
    with torch.no_grad():
        t = time.perf_counter()
        preds = detector([f])
        torch.cuda.synchronize()
        lat.append(time.perf_counter() - t)

lat = np.array(lat) * 1000
print("mean %.1f ms | p50 %.1f | p95 %.1f" % (lat.mean(), np.percentile(lat, 50), np.percentile(lat, 95)))
