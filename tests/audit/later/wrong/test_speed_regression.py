# mistakes: no-eval@36; no-no-grad@36
import time
import unittest

import torch
from torch import nn


class Siamese(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Conv2d(1, 32, 7, 2), nn.BatchNorm2d(32), nn.ReLU(),
            nn.Conv2d(32, 64, 5, 2), nn.BatchNorm2d(64), nn.ReLU(),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        )

    def forward(self, left, right):
        return torch.cosine_similarity(self.trunk(left), self.trunk(right))


@unittest.skipUnless(torch.cuda.is_available(), "needs a GPU")
class SpeedTest(unittest.TestCase):
    BUDGET_MS = 4.0

    def setUp(self):
        self.net = Siamese().cuda()
        self.pair = [torch.rand(16, 1, 128, 128, device="cuda") for _ in range(2)]
        for _ in range(10):
            self.net(*self.pair)
        torch.cuda.synchronize()

    def _avg_ms(self, n):
        t = time.perf_counter()
        for _ in range(n):
            self.net(*self.pair)
        torch.cuda.synchronize()
        return (time.perf_counter() - t) / n * 1e3

    def test_latency(self):
        self.assertLess(self._avg_ms(100), self.BUDGET_MS)


if __name__ == "__main__":
    unittest.main()
