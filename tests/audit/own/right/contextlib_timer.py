# right: a contextlib timer with a synchronise on both sides of the yield
import time
from contextlib import contextmanager

import torch
import timm


@contextmanager
def span(sink):
    torch.cuda.synchronize()
    t = time.perf_counter()
    yield
    torch.cuda.synchronize()
    sink.append(time.perf_counter() - t)


mixer = timm.create_model("mixer_b16_224", pretrained=False).to("cuda").eval()
img = torch.randn(8, 3, 224, 224).to("cuda")
secs = []
with torch.no_grad():
    for _ in range(10):
        mixer(img)
    for _ in range(100):
        with span(secs):
            mixer(img)
print("mixer_b16: %.2f ms per batch of 8" % (1000 * sum(secs) / len(secs)))
