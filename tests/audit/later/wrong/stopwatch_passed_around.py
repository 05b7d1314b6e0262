# mistakes: host-clock-without-sync@32
# utils/stopwatch.py + demo
import time
from collections import defaultdict

import torch
import torch.nn as nn


class Stopwatch:
    """with sw('name'): ...   accumulates per name"""

    def __init__(self, cuda=True):
        self.cuda = cuda
        self.laps = defaultdict(list)
        self._name = None

    def __call__(self, name):
        self._name = name
        return self

    def _flush(self):
        if self.cuda:
            torch.cuda.synchronize()

    def __enter__(self):
        self._flush()
        self._t = time.perf_counter()
        return self

    def __exit__(self, *exc):
        self.laps[self._name].append(time.perf_counter() - self._t)
        return False

    def report(self):
        for k, v in self.laps.items():
            v = sorted(v)
            print(f"{k}: median {v[len(v) // 2] * 1000:.3f} ms over {len(v)}")


class Runner:
    def __init__(self, net, sw):
        self.net = net.cuda().eval()
        self.sw = sw

    @torch.inference_mode()
    def loop(self, feats, n):
        for _ in range(25):
            self.net(feats)
        for _ in range(n):
            with self.sw("forward"):
                self.net(feats)


watch = Stopwatch()
mlp = nn.Sequential(nn.Linear(1024, 4096), nn.GELU(), nn.Linear(4096, 1024))
Runner(mlp, watch).loop(torch.randn(64, 1024, device="cuda"), 300)
watch.report()
