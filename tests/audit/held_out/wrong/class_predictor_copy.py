# mistakes: copy-in-timing@37
import time
from dataclasses import dataclass, field
from typing import List

import numpy as np
import torch
from torchvision.models import densenet121


@dataclass
class Stats:
    ms: List[float] = field(default_factory=list)

    def summary(self):
        a = np.asarray(self.ms)
        return f"mean={a.mean():.2f}ms std={a.std():.2f}ms n={a.size}"


class Predictor:
    def __init__(self):
        self.device = torch.device("cuda")
        self.net = densenet121(weights=None).to(self.device)
        self.net.eval()
        self.stats = Stats()

    @torch.no_grad()
    def warm(self, arr, n=10):
        t = torch.from_numpy(arr).to(self.device)
        for _ in range(n):
            self.net(t)
        torch.cuda.synchronize()

    @torch.no_grad()
    def predict(self, arr):
        t0 = time.perf_counter()
        t = torch.from_numpy(arr).to(self.device)
        y = self.net(t)
        torch.cuda.synchronize()
        self.stats.ms.append((time.perf_counter() - t0) * 1000.0)
        return y


if __name__ == "__main__":
    pic = np.random.rand(1, 3, 224, 224).astype("float32")
    pr = Predictor()
    pr.warm(pic)
    for _ in range(128):
        pr.predict(pic)
    print("densenet121 inference:", pr.stats.summary())
