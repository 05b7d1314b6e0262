# right: throughput over one window, single sync at the end, batch size taken from the tensor
import argparse
import time as t

import timm
import torch

parser = argparse.ArgumentParser()
parser.add_argument("--batch", type=int, default=256)
parser.add_argument("--iters", type=int, default=150)
a = parser.parse_args()

net = timm.create_model("deit_small_patch16_224").cuda().eval()
imgs = torch.rand(a.batch, 3, 224, 224, device="cuda")

with torch.inference_mode():
    for _ in range(10):
        net(imgs)
    torch.cuda.synchronize()
    t0 = t.perf_counter()
    for _ in range(a.iters):
        net(imgs)
    torch.cuda.synchronize()
    dt = t.perf_counter() - t0

print(f"{imgs.shape[0] * a.iters / dt:.0f} img/s")
