# right: synchronises on cuda and skips it on the CPU, through one helper
import argparse
import time

import torch
from torchvision import models


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--arch", default="resnet18")
    ap.add_argument("--batch-size", type=int, default=16)
    ap.add_argument("--iters", type=int, default=100)
    args = ap.parse_args()

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    def barrier():
        if device.type == "cuda":
            torch.cuda.synchronize(device)

    net = models.get_model(args.arch, weights=None).to(device).eval()
    images = torch.randn(args.batch_size, 3, 224, 224, device=device)

    with torch.inference_mode():
        for _ in range(10):
            net(images)
        barrier()
        t0 = time.perf_counter()
        for _ in range(args.iters):
            net(images)
        barrier()
        elapsed = time.perf_counter() - t0

    print(f"{args.arch} on {device}: {elapsed / args.iters * 1e3:.2f} ms/batch, "
          f"{args.batch_size * args.iters / elapsed:.1f} img/s")


if __name__ == "__main__":
    main()
