# right: device-to-host copy time measured on purpose and reported as such
import time

import torch

logits = torch.randn(64, 1000, 128, device="cuda")
copy_seconds = []

for _ in range(5):
    logits.cpu()
torch.cuda.synchronize()

for _ in range(30):
    t0 = time.perf_counter()
    logits.cpu()  # blocking copy: returns when the data has arrived
    copy_seconds.append(time.perf_counter() - t0)

mean_copy = sum(copy_seconds) / len(copy_seconds)
gib = logits.numel() * logits.element_size() / 2**30
print(f"GPU->CPU copy: {mean_copy * 1e3:.2f} ms, {gib / mean_copy:.2f} GiB/s")
