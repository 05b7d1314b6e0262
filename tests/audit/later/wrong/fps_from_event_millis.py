# mistakes: unit-mix-up@23
import argparse
import json

import torch
import torchvision


def cuda_elapsed(fn, n):
    s, e = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    s.record()
    for _ in range(n):
        fn()
    e.record()
    e.synchronize()
    return s.elapsed_time(e)


def stats(elapsed, n, bs):
    per_batch = elapsed / n
    return {
        "latency_ms": per_batch,
        "fps": bs / per_batch,
        "iters": n,
    }


if __name__ == "__main__":
    ap = argparse.ArgumentParser()
    ap.add_argument("-b", "--batch", type=int, default=32)
    ap.add_argument("-n", type=int, default=100)
    ap.add_argument("--amp", action="store_true")
    ns = ap.parse_args()

    net = torchvision.models.regnet_y_3_2gf(weights=None).cuda().eval()
    data = torch.randn(ns.batch, 3, 224, 224, device="cuda")
    step = lambda: net(data)
    with torch.inference_mode(), torch.autocast("cuda", enabled=ns.amp):
        for _ in range(10):
            step()
        took = cuda_elapsed(step, ns.n)
    print(json.dumps(stats(took, ns.n, ns.batch), indent=2))
