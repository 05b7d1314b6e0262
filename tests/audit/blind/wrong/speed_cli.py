# mistakes: no-warm-up@25
import argparse

import timm
import torch


def parse():
    p = argparse.ArgumentParser("speed test for timm backbones")
    p.add_argument("--arch", default="convnext_tiny")
    p.add_argument("--res", type=int, default=224)
    p.add_argument("--runs", type=int, default=60)
    return p.parse_args()


def main():
    args = parse()
    backbone = timm.create_model(args.arch).to("cuda").eval()
    inp = torch.randn(1, 3, args.res, args.res, device="cuda")
    pairs = []
    with torch.no_grad():
        for _ in range(args.runs):
            a = torch.cuda.Event(enable_timing=True)
            b = torch.cuda.Event(enable_timing=True)
            a.record()
            backbone(inp)
            b.record()
            pairs.append((a, b))
    torch.cuda.synchronize()
    ms = [a.elapsed_time(b) for a, b in pairs]
    print(f"{args.arch}: {sum(ms) / len(ms):.2f} ms on average over {args.runs} runs")


if __name__ == "__main__":
    main()
