# mistakes: event-without-timing@13
from __future__ import annotations

import torch
import torch.nn as nn


class CudaTimer:
    def __init__(self):
        self._pairs: list[tuple[torch.cuda.Event, torch.cuda.Event]] = []

    def _make(self) -> torch.cuda.Event:
        return torch.cuda.Event(blocking=True)

    def tic(self):
        ev = self._make()
        ev.record()
        return ev

    def toc(self, started):
        ev = self._make()
        ev.record()
        self._pairs.append((started, ev))

    def drain(self) -> list[float]:
        torch.cuda.synchronize()
        res = [a.elapsed_time(b) for a, b in self._pairs]
        self._pairs.clear()
        return res


def build(width: int, depth: int) -> nn.Module:
    layers = []
    for _ in range(depth):
        layers += [nn.Linear(width, width), nn.ReLU(inplace=True), nn.Dropout(0.1)]
    return nn.Sequential(*layers)


def sweep(timer: CudaTimer):
    for width in (512, 1024, 2048):
        net = build(width, 8).cuda().eval()
        vec = torch.randn(256, width, device="cuda")
        with torch.inference_mode():
            for _ in range(10):
                net(vec)
            for _ in range(200):
                t = timer.tic()
                net(vec)
                timer.toc(t)
        ms = timer.drain()
        yield width, sum(ms) / len(ms)


for w, avg in sweep(CudaTimer()):
    print(f"{w=} {avg:.4f} ms")
