# right: gradients are off for the whole script by set_grad_enabled(False); eval is train(mode=False) in the builder
import argparse
import time

import torch
import torchvision.models as tvm

torch.set_grad_enabled(False)


def build(name, half, device):
    net = tvm.get_model(name, weights=None)
    net.train(mode=False)
    net.to(device)
    return net.half() if half else net


def barrier(device):
    if device.type == "cuda":
        torch.cuda.synchronize()


def run(net, x, n, device):
    barrier(device)
    start = time.perf_counter()
    for _ in range(n):
        net(x)
    barrier(device)
    return (time.perf_counter() - start) / n


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("names", nargs="*", default=["resnet18", "vgg16"])
    ap.add_argument("--half", action="store_true")
    ap.add_argument("--n", type=int, default=100)
    args = ap.parse_args()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    x = torch.randn(8, 3, 224, 224, device=device, dtype=torch.half if args.half else torch.float)
    for name in args.names:
        net = build(name, args.half, device)
        run(net, x, 10, device)  # throw-away
        print(f"{name}: {run(net, x, args.n, device) * 1e3:.2f} ms")


main()
