# right: print, empty_cache, tensor creation and .item() are all in the loop but outside of the clocked region
import gc
import time

import torch
import torchvision.models as models

SIZES = [(1, 224), (8, 224), (8, 384)]


def clocked(net, x):
    torch.cuda.synchronize()
    t0 = time.perf_counter()
    y = net(x)
    torch.cuda.synchronize()
    t1 = time.perf_counter()
    return t1 - t0, y


@torch.no_grad()
def main():
    net = models.resnet34(weights=None).cuda().eval()
    for bs, px in SIZES:
        lat = []
        for i in range(60):
            x = torch.rand(bs, 3, px, px).to("cuda")
            dt, y = clocked(net, x)
            top = y.max().item()
            if i < 10:
                continue
            lat.append(dt)
            if i % 20 == 0:
                print(f"  [{bs}x{px}] {i}: {dt * 1e3:.2f} ms (max logit {top:.2f})")
        lat.sort()
        print(f"{bs}x{px}: p50 {lat[len(lat) // 2] * 1e3:.2f} ms")
        del x, y
        gc.collect()
        torch.cuda.empty_cache()


main()
