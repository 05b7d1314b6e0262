# mistakes: mean-of-rates@23
import statistics
import time

import torch
from torchvision.models import squeezenet1_1

torch.set_num_threads(4)
pose = squeezenet1_1(weights=None).to("cpu").eval()
frame = torch.rand(1, 3, 224, 224)

with torch.inference_mode():
    for _ in range(10):
        pose(frame)

    fps = []
    for _ in range(200):
        tic = time.perf_counter()
        pose(frame)
        toc = time.perf_counter()
        fps.append(1.0 / (toc - tic))

print(f"average FPS on CPU: {statistics.mean(fps):.1f}")
