# mistakes: host-clock-without-sync@19
import time

import torch
from torch import nn


class Stopwatch:
    def __init__(self, label):
        self.label = label
        self.laps = []

    def __enter__(self):
        torch.cuda.synchronize()
        self._t = time.perf_counter()
        return self

    def __exit__(self, *exc):
        self.laps.append(time.perf_counter() - self._t)
        return False

    def summary(self):
        best, worst = min(self.laps), max(self.laps)
        return f"{self.label}: best {best * 1e3:.3f} ms / worst {worst * 1e3:.3f} ms"


def main():
    device = torch.device("cuda")
    mlp = nn.Sequential(nn.Linear(1024, 4096), nn.GELU(), nn.Linear(4096, 1024))
    mlp.to(device).eval()
    x = torch.zeros(64, 1024, device=device)
    watch = Stopwatch("mlp forward")
    with torch.no_grad():
        for _ in range(10):
            mlp(x)
        for _ in range(300):
            with watch:
                mlp(x)
    print(watch.summary())


main()
