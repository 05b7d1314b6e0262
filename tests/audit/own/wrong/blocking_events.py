# mistakes: event-without-timing@10
import statistics as st
import torch
import torch.nn as nn


class GpuTimer:
    def __init__(self):
        self.a = torch.cuda.Event(blocking=True, enable_timing=True)
        self.b = torch.cuda.Event(blocking=True)

    def start(self):
        self.a.record()

    def stop(self):
        self.b.record()
        self.b.synchronize()
        return self.a.elapsed_time(self.b)


conv = nn.Sequential(
    nn.Conv2d(64, 128, 3, padding=1), nn.BatchNorm2d(128), nn.SiLU(),
).cuda().eval()
fmap = torch.randn(8, 64, 112, 112, device="cuda")
timer = GpuTimer()

with torch.no_grad():
    for _ in range(10):
        conv(fmap)
    rows = []
    for _ in range(200):
        timer.start()
        conv(fmap)
        rows.append(timer.stop())

print("median", st.median(rows), "ms; stdev", st.stdev(rows), "ms")
