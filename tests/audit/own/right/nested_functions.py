# right: the synchronise sits inside the nested function that is called before each clock read
import time
import torch
from torch import nn


def make_bench(net, batch, device="cuda"):
    net = net.to(device).eval()
    batch = batch.to(device)

    def stamp():
        torch.cuda.synchronize(device)
        return time.perf_counter()

    @torch.no_grad()
    def bench(warm=10, reps=100):
        for _ in range(warm):
            net(batch)
        acc = []
        for _ in range(reps):
            t0 = stamp()
            net(batch)
            acc.append(stamp() - t0)
        return sum(acc) / reps

    return bench


bench = make_bench(nn.Conv2d(3, 256, 11, stride=4), torch.randn(16, 3, 224, 224))
print("conv1: %.1f us" % (bench() * 1e6))
