# right: compile and first call are timed on purpose and reported as start-up cost; the steady latency is measured after them
import time
from dataclasses import dataclass

import torch
import torchvision


@dataclass
class Timing:
    startup_s: float = 0.0
    steady_ms: float = 0.0


def tick():
    torch.cuda.synchronize()
    return time.perf_counter()


def profile(net, x, mode, n=200):
    res = Timing()
    t = tick()
    compiled = torch.compile(net, mode=mode)
    compiled(x)
    res.startup_s = tick() - t

    for _ in range(20):
        compiled(x)
    t = tick()
    for _ in range(n):
        compiled(x)
    res.steady_ms = (tick() - t) / n * 1e3
    return res


if __name__ == "__main__":
    x = torch.randn(16, 3, 224, 224, device="cuda").to(memory_format=torch.channels_last)
    with torch.inference_mode():
        for mode in ("default", "reduce-overhead"):
            torch._dynamo.reset()
            net = torchvision.models.resnet50(weights=None).cuda().eval().to(memory_format=torch.channels_last)
            r = profile(net, x, mode)
            print(f"{mode}: compile+first call {r.startup_s:.1f} s, then {r.steady_ms:.2f} ms/batch")
