# mistakes: batch-size-mismatch@38; mean-of-rates@39
import argparse
import statistics
import time

import torch
import torchvision

cli = argparse.ArgumentParser()
cli.add_argument("--batch-size", type=int, default=64)
cli.add_argument("--reps", type=int, default=50)
opt = cli.parse_args()


class Sweep:
    def __init__(self, net):
        self.net = net
        self.table = {}

    def times(self, x):
        for _ in range(10):
            self.net(x)
        torch.cuda.synchronize()
        got = []
        for _ in range(opt.reps):
            t = time.perf_counter()
            self.net(x)
            torch.cuda.synchronize()
            got.append(time.perf_counter() - t)
        return got

    def run(self, sizes):
        for b in sizes:
            x = torch.randn(b, 3, 224, 224, device="cuda", dtype=torch.half)
            ts = self.times(x)
            self.table[b] = {
                "ms": statistics.median(ts) * 1e3,
                "ips": opt.batch_size / statistics.median(ts),
                "ips_avg": statistics.mean(b / t for t in ts),
            }


net = torchvision.models.resnet18(weights=None).half().cuda().eval()
sw = Sweep(net)
with torch.inference_mode():
    sw.run([1, 2, 4, 8, 16, 32, opt.batch_size])
for b, row in sw.table.items():
    print(b, {k: round(v, 2) for k, v in row.items()})
