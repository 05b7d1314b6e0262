# right: decorator that synchronises around the wrapped call
import functools
import time

import numpy as np
import torch as th


def gpu_timed(repeats=50, warm=5):
    def deco(fn):
        @functools.wraps(fn)
        def wrapper(*args):
            for _ in range(warm):
                fn(*args)
            laps = np.empty(repeats)
            for i in range(repeats):
                th.cuda.synchronize()
                t0 = time.perf_counter()
                fn(*args)
                th.cuda.synchronize()
                laps[i] = time.perf_counter() - t0
            return laps

        return wrapper

    return deco


@gpu_timed(repeats=80)
@th.inference_mode()
def classify(net, x):
    return net(x).softmax(-1)


net = th.nn.Linear(512, 1000).cuda().eval()
laps = classify(net, th.rand(64, 512, device="cuda"))
print(f"{laps.mean() * 1e3:.3f} ms +- {laps.std() * 1e3:.3f}")
