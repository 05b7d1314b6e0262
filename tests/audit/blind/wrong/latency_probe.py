# mistakes: no-warm-up@21
from statistics import mean, pstdev
from time import perf_counter

import torch


class LatencyProbe:
    """Measures forward latency of a detector head on the GPU."""

    def __init__(self, head, shape, dev="cuda"):
        self.dev = torch.device(dev)
        self.head = head.to(self.dev).eval()
        self.x = torch.rand(*shape, device=self.dev)

    @torch.no_grad()
    def measure(self, count=20):
        readings = []
        for _ in range(count):
            torch.cuda.synchronize(self.dev)
            before = perf_counter()
            self.head(self.x)
            torch.cuda.synchronize(self.dev)
            readings.append((perf_counter() - before) * 1000.0)
        return mean(readings), pstdev(readings)


probe = LatencyProbe(torch.nn.Conv2d(256, 91, 1), (2, 256, 80, 80))
mu, sigma = probe.measure()
print(f"head: {mu:.3f} +- {sigma:.3f} ms")
