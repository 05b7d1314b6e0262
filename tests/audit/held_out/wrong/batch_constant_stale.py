# mistakes: batch-size-mismatch@23
import time
import torch
from torchvision.models import regnet_y_800mf

BATCH_SIZE = 64
STEPS = 100

model = regnet_y_800mf().cuda().half().eval()
# 64 does not fit together with the other job, use 16 for now
images = torch.randn(16, 3, 224, 224, device="cuda", dtype=torch.half)

with torch.inference_mode():
    for _ in range(10):
        model(images)
    torch.cuda.synchronize()
    tick = time.perf_counter()
    for _ in range(STEPS):
        model(images)
    torch.cuda.synchronize()
    tock = time.perf_counter()

thr = BATCH_SIZE * STEPS / (tock - tick)
print(f"Throughput: {thr:.0f} images/sec")
