# right: perf_counter_ns difference divided by 1e6 gives ms
import torch as tr
from time import perf_counter_ns as ns

enc = tr.nn.LSTM(40, 256, 3, batch_first=True, bidirectional=True).cuda().eval()
fb = tr.randn(4, 300, 40, device="cuda")


@tr.no_grad()
def once():
    a = ns()
    enc(fb)
    tr.cuda.synchronize()
    return (ns() - a) / 1e6


for _ in range(10):
    once()
laps = [once() for _ in range(100)]
print(f"bi-lstm {min(laps):.3f} / {sum(laps) / 100:.3f} / {max(laps):.3f} ms (min/avg/max)")
