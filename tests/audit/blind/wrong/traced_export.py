# mistakes: compile-in-timing@17
import time

import torch
from torchvision.models import mobilenet_v2

cpu = torch.device("cpu")
net = mobilenet_v2(weights=None).to(cpu).eval()
example = torch.rand(1, 3, 224, 224, device=cpu)


def run_eager():
    return net(example)


def run_scripted():
    traced = torch.jit.trace(net, example)
    return traced(example)


with torch.no_grad():
    for label, fn in (("eager", run_eager), ("torchscript", run_scripted)):
        for _ in range(5):
            fn()
        laps = []
        for _ in range(30):
            t0 = time.perf_counter()
            fn()
            laps.append(time.perf_counter() - t0)
        print(f"{label:12s} latency {min(laps) * 1e3:.2f} ms (best of {len(laps)})")
