# right: warm-up is a while loop that goes on until two probes agree; the probe results are thrown away
import time

import torch
import torchvision.models as M


def probe(net, x, k=5):
    torch.cuda.synchronize()
    t = time.perf_counter()
    for _ in range(k):
        net(x)
    torch.cuda.synchronize()
    return (time.perf_counter() - t) / k


def stabilise(net, x, tol=0.03, limit=50):
    prev, cur = float("inf"), probe(net, x)
    while abs(cur - prev) > tol * cur and (limit := limit - 1):
        prev, cur = cur, probe(net, x)


def ms(net, x, rounds=30):
    stabilise(net, x)
    vals = sorted(probe(net, x) for _ in range(rounds))
    return vals[rounds // 2] * 1e3


@torch.inference_mode()
def main():
    torch.backends.cudnn.benchmark = True
    for ctor in (M.resnet18, M.resnet50, M.wide_resnet50_2):
        net = ctor(weights=None).cuda().eval()
        for bs in (1, 32):
            x = torch.randn(bs, 3, 224, 224, device="cuda")
            print(f"{ctor.__name__:18s} bs={bs:<3d} {ms(net, x):.2f} ms")


main()
