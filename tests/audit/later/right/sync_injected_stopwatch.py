# right: the stopwatch calls an injected barrier (torch.cuda.synchronize) on both sides
import time
from collections import defaultdict
import torch
import torchvision


class Stopwatch:
    def __init__(self, barrier=lambda: None, clock=time.perf_counter):
        self.barrier, self.clock = barrier, clock
        self.laps = defaultdict(list)
        self.key = None

    def __call__(self, key):
        self.key = key
        return self

    def _read(self):
        self.barrier()
        return self.clock()

    def __enter__(self):
        self.t = self._read()

    def __exit__(self, *_):
        self.laps[self.key].append(self._read() - self.t)


def exercise(net, img, sw, key, n=100):
    for _ in range(n):
        with sw(key):
            net(img)


sw = Stopwatch(barrier=torch.cuda.synchronize)
nets = {
    "r50": torchvision.models.resnet50(weights=None).cuda().eval(),
    "x50": torchvision.models.resnext50_32x4d(weights=None).cuda().eval(),
}
img = torch.randn(8, 3, 224, 224, device="cuda")
with torch.no_grad():
    for key, net in nets.items():
        exercise(net, img, Stopwatch(), key, n=15)     # not reported
        exercise(net, img, sw, key)
for key, laps in sw.laps.items():
    print(f"{key}: {1e3 * sum(laps) / len(laps):.2f} ms")
