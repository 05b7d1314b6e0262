# right: everything runs on the CPU, so no synchronise is needed
import platform
import time

import numpy as np
import torch
import torchvision

torch.set_num_threads(4)
DEVICE = "cpu"


class EdgeBench:
    """cuda is never used here; numbers are for the board's ARM cores"""

    def __init__(self, arch):
        self.net = torchvision.models.get_model(arch, weights=None).to(DEVICE)
        self.net.eval()

    def sample(self, x):
        t = time.perf_counter()
        self.net(x)
        return time.perf_counter() - t

    def run(self, n=50):
        x = torch.randn(1, 3, 224, 224, device=DEVICE)
        with torch.inference_mode():
            [self.sample(x) for _ in range(5)]
            return np.array([self.sample(x) for _ in range(n)]) * 1e3


for arch in ("mobilenet_v3_small", "shufflenet_v2_x0_5"):
    ms = EdgeBench(arch).run()
    print(platform.machine(), arch, f"{np.median(ms):.1f} ms (iqr {np.subtract(*np.percentile(ms, [75, 25])):.1f})")
