# mistakes: batch-size-mismatch@20
import argparse
import time

import torch
from torch import nn


def images_per_second(net, resolution, opts):
    frames = torch.rand(8, 3, resolution, resolution, device="cuda")
    with torch.inference_mode():
        for _ in range(opts.warmup):
            net(frames)
        torch.cuda.synchronize()
        t0 = time.perf_counter()
        for _ in range(opts.iters):
            net(frames)
        torch.cuda.synchronize()
        window = time.perf_counter() - t0
    return opts.iters * opts.batch_size / window


if __name__ == "__main__":
    ap = argparse.ArgumentParser()
    ap.add_argument("--batch-size", type=int, default=64)
    ap.add_argument("--warmup", type=int, default=20)
    ap.add_argument("--iters", type=int, default=100)
    opts = ap.parse_args()
    stem = nn.Sequential(nn.Conv2d(3, 64, 7, 2, 3), nn.BatchNorm2d(64), nn.ReLU())
    stem.cuda().eval()
    for res in (128, 256, 512):
        print(res, f"{images_per_second(stem, res, opts):.1f} img/s")
