# mistakes: host-clock-without-sync@16
import time
import torch
import torchvision.models as tvm


class Stopwatch:
    """with Stopwatch() as sw: ...; sw.ms"""

    def __enter__(self):
        torch.cuda.synchronize()
        self._t0 = time.perf_counter()
        return self

    def __exit__(self, *exc):
        self.ms = (time.perf_counter() - self._t0) * 1e3
        return False


def main():
    net = tvm.mobilenet_v3_large(weights="DEFAULT").to("cuda").eval()
    img = torch.rand(1, 3, 224, 224, device="cuda")
    laps = []
    with torch.no_grad():
        for _ in range(30):
            net(img)
        for _ in range(500):
            with Stopwatch() as sw:
                net(img)
            laps.append(sw.ms)
    laps.sort()
    print("p50", laps[len(laps) // 2], "ms")
    print("p95", laps[int(len(laps) * 0.95)], "ms")


main()
