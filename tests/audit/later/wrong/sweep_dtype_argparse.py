# mistakes: host-clock-without-sync@35
"""Sweep batch size x dtype for a torchvision backbone."""
import argparse
import itertools
import time

import torch
import torchvision

DTYPES = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}


def parse():
    p = argparse.ArgumentParser()
    p.add_argument("--arch", default="resnet50")
    p.add_argument("--batches", type=int, nargs="+", default=[1, 8, 32])
    p.add_argument("--dtypes", nargs="+", default=["fp32", "fp16"])
    p.add_argument("--iters", type=int, default=200)
    p.add_argument("--channels-last", action="store_true")
    return p.parse_args()


def settle(dev):
    if dev.type == "cuda":
        torch.cuda.synchronize(dev)


def measure(net, img, iters, dev):
    for _ in range(20):
        net(img)
    settle(dev)
    begin = time.perf_counter()
    for _ in range(iters):
        net(img)
    finish = time.perf_counter()
    settle(dev)
    return (finish - begin) / iters


def main():
    args = parse()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    fmt = torch.channels_last if args.channels_last else torch.contiguous_format
    rows = []
    for bs, dt in itertools.product(args.batches, args.dtypes):
        net = getattr(torchvision.models, args.arch)(weights=None).eval()
        net = net.to(device=device, dtype=DTYPES[dt], memory_format=fmt)
        img = torch.randn(bs, 3, 224, 224, device=device, dtype=DTYPES[dt]).contiguous(memory_format=fmt)
        with torch.no_grad():
            sec = measure(net, img, args.iters, device)
        rows.append((bs, dt, sec))
    for bs, dt, sec in rows:
        print(f"bs={bs:<4d} {dt:<5s} {sec * 1e3:8.3f} ms  {bs / sec:9.1f} img/s")


if __name__ == "__main__":
    main()
