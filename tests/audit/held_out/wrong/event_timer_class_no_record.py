# mistakes: event-not-recorded@20
import torch
import torch.nn as nn


class GPUTimer:
    """with GPUTimer() as t: ...; t.ms"""

    def __init__(self):
        self.t_start = torch.cuda.Event(enable_timing=True)
        self.t_end = torch.cuda.Event(enable_timing=True)
        self.ms = None

    def __enter__(self):
        self.t_start.record()
        return self

    def __exit__(self, *exc):
        torch.cuda.synchronize()
        self.ms = self.t_start.elapsed_time(self.t_end)
        return False


attn = nn.MultiheadAttention(256, 8, batch_first=True).cuda().eval()
q = torch.randn(4, 196, 256, device="cuda")

with torch.inference_mode():
    for _ in range(10):
        attn(q, q, q)
    hist = []
    for _ in range(100):
        with GPUTimer() as gt:
            attn(q, q, q)
        hist.append(gt.ms)

print("attention: %.4f ms" % (sum(hist) / len(hist)))
