# right: reusable event-based profiler class with percentiles
import numpy as np
import torch


class EventProfiler:
    def __init__(self):
        self._pairs = {}

    def begin(self, tag):
        ev = torch.cuda.Event(enable_timing=True)
        ev.record()
        self._pairs.setdefault(tag, []).append([ev, None])

    def finish(self, tag):
        ev = torch.cuda.Event(enable_timing=True)
        ev.record()
        self._pairs[tag][-1][1] = ev

    def report(self):
        torch.cuda.synchronize()
        for tag, pairs in self._pairs.items():
            ms = [a.elapsed_time(b) for a, b in pairs]
            print(f"{tag}: p50={np.percentile(ms, 50):.3f} p99={np.percentile(ms, 99):.3f} ms")


prof = EventProfiler()
backbone = torch.nn.Conv2d(3, 64, 7, stride=4).cuda().eval()
head = torch.nn.Conv2d(64, 21, 1).cuda().eval()
x = torch.rand(8, 3, 512, 512, device="cuda")
with torch.inference_mode():
    for _ in range(10):
        head(backbone(x))
    for _ in range(100):
        prof.begin("backbone")
        f = backbone(x)
        prof.finish("backbone")
        prof.begin("head")
        head(f)
        prof.finish("head")
prof.report()
