# right: conditional synchronise helper, CPU falls through
import argparse
from time import perf_counter as now

import timm
import torch


def get_args():
    p = argparse.ArgumentParser("timm latency")
    p.add_argument("model", default="resnet26", nargs="?")
    p.add_argument("-b", "--batch", type=int, default=1)
    p.add_argument("--runs", type=int, default=100)
    return p.parse_args()


device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def wait():
    if device.type == "cuda":
        torch.cuda.synchronize(device)


@torch.inference_mode()
def main():
    a = get_args()
    net = timm.create_model(a.model, pretrained=False).to(device).eval()
    im = torch.randn(a.batch, 3, 224, 224, device=device)
    for _ in range(10):
        net(im)
    wait()
    spans = []
    for _ in range(a.runs):
        s = now()
        net(im)
        wait()
        spans.append(now() - s)
    spans.sort()
    print(f"{a.model}: median {spans[len(spans) // 2] * 1e3:.2f} ms, worst {spans[-1] * 1e3:.2f} ms")


if __name__ == "__main__":
    main()
