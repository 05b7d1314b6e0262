# mistakes: host-clock-without-sync@19; unit-mix-up@22
import time
import statistics

import torch
from torchvision.models.segmentation import deeplabv3_resnet50

seg = deeplabv3_resnet50(weights=None, num_classes=21).eval().to("cuda")
scene = torch.rand((1, 3, 520, 520), device="cuda")
ns = []

with torch.inference_mode():
    for _ in range(10):
        seg(scene)
    torch.cuda.synchronize()
    for _ in range(150):
        tick = time.perf_counter_ns()
        seg(scene)["out"]
        tock = time.perf_counter_ns()
        ns.append(tock - tick)

med_ms = statistics.median(ns) / 1e3
print(f"median latency: {med_ms:.2f} ms")
