# mistakes: empty-cache-in-timing@19
import gc
import time

import torch


class SectionProfiler:
    def __init__(self):
        self.records = {}

    def start(self):
        gc.collect()
        torch.cuda.synchronize()
        self._begin = time.perf_counter()

    def stop(self, key):
        torch.cuda.synchronize()
        torch.cuda.empty_cache()
        self.records.setdefault(key, []).append(time.perf_counter() - self._begin)


prof = SectionProfiler()
attn = torch.nn.MultiheadAttention(768, 12, batch_first=True).cuda().eval()
h = torch.rand(16, 512, 768, device="cuda")
with torch.inference_mode():
    for _ in range(10):
        attn(h, h, h, need_weights=False)
    for _ in range(100):
        prof.start()
        attn(h, h, h, need_weights=False)
        prof.stop("self-attention")
for key, vals in prof.records.items():
    print(f"{key:<20s}{sum(vals) / len(vals) * 1e3:9.3f} ms")
