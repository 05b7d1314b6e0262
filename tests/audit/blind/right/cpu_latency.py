# right: explicit cpu device, no synchronise needed
import argparse
import time

import torch
import torchvision

ap = argparse.ArgumentParser()
ap.add_argument("--threads", type=int, default=8)
ns = ap.parse_args()
torch.set_num_threads(ns.threads)

device = torch.device("cpu")
net = torchvision.models.googlenet(weights=None, init_weights=False).to(device)
net.eval()
x = torch.randn(1, 3, 224, 224, device=device)

with torch.no_grad():
    for _ in range(10):
        net(x)
    spans = []
    for _ in range(50):
        start = time.perf_counter()
        net(x)
        spans.append(time.perf_counter() - start)

spans.sort()
print(f"CPU ({ns.threads} threads): median {spans[25] * 1e3:.1f} ms")
