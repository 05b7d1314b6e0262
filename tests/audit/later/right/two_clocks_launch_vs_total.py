# right: the unsynchronised clock is reported as launch overhead, not as latency; the total is synchronised
import time

import torch
import torchvision


def launch_and_total(net, x):
    torch.cuda.synchronize()
    t0 = time.perf_counter()
    net(x)
    launched = time.perf_counter()
    torch.cuda.synchronize()
    finished = time.perf_counter()
    return {"cpu_launch": launched - t0, "total": finished - t0}


def median(rows, key):
    v = sorted(r[key] for r in rows)
    return v[len(v) // 2] * 1e6


def main():
    net = torchvision.models.densenet161(weights=None).half().cuda().eval()
    with torch.inference_mode():
        for bs in (1, 8, 64):
            x = torch.randn(bs, 3, 224, 224, device="cuda", dtype=torch.half)
            for _ in range(10):
                net(x)
            rows = [launch_and_total(net, x) for _ in range(100)]
            cpu, tot = median(rows, "cpu_launch"), median(rows, "total")
            bound = "launch-bound" if cpu > 0.9 * tot else "gpu-bound"
            print(f"bs={bs}: CPU launch overhead {cpu:.0f} us, forward {tot:.0f} us ({bound})")


main()
