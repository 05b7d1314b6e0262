# right: one synchronise at the end of the loop; the rate uses the tensor's own first dimension, not the argparse default
import argparse
import time

import torch
import torchvision

p = argparse.ArgumentParser()
p.add_argument("--batch-size", type=int, default=128, help="largest batch")
p.add_argument("--iters", type=int, default=50)
p.add_argument("--warmup", type=int, default=10)
a = p.parse_args()


def sizes(top):
    b = 1
    while b <= top:
        yield b
        b *= 2


def rate(net, x, iters):
    for _ in range(a.warmup):
        net(x)
    torch.cuda.synchronize()
    t = -time.monotonic()
    for _ in range(iters):
        net(x)
    torch.cuda.synchronize()
    t += time.monotonic()
    return iters * x.shape[0] / t


net = torchvision.models.efficientnet_v2_s(weights=None).half().cuda().eval()
rates = {}
with torch.inference_mode():
    for b in sizes(a.batch_size):
        x = torch.randn(b, 3, 224, 224, device="cuda", dtype=torch.half)
        rates[b] = rate(net, x, a.iters)
best = max(rates, key=rates.get)
for b, r in rates.items():
    print(f"{b:4d} {r:9.1f} img/s{'  <- best' if b == best else ''}")
