# mistakes: no-warm-up@16
import time

import pandas as pd
import torch
import torchvision

NAMES = ["resnet18", "resnet34", "resnet101"]
x = torch.randn(32, 3, 224, 224, device="cuda")
rows = []

for name in NAMES:
    candidate = getattr(torchvision.models, name)(weights=None).cuda().eval()
    with torch.inference_mode():
        torch.cuda.synchronize()
        s = time.perf_counter()
        for _ in range(10):
            candidate(x)
        torch.cuda.synchronize()
        e = time.perf_counter()
    rows.append({"model": name, "ms_per_batch": (e - s) / 10 * 1e3})
    del candidate

print(pd.DataFrame(rows).to_markdown(index=False))
