# mistakes: host-clock-without-sync@17
import time
import statistics as st
from contextlib import contextmanager

import torch
import timm

samples = []


@contextmanager
def stopwatch():
    torch.cuda.synchronize()
    s = time.perf_counter()
    yield
    samples.append(time.perf_counter() - s)


vit = timm.create_model("vit_small_patch16_224", pretrained=False).eval().cuda()
batch = torch.rand(16, 3, 224, 224).cuda()

with torch.no_grad():
    for _ in range(15):
        vit(batch)

    for _ in range(100):
        with stopwatch():
            vit(batch)

print(f"vit_small: mean {st.mean(samples)*1e3:.2f} ms  stdev {st.stdev(samples)*1e3:.2f} ms")
