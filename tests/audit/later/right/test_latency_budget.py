# right: setUpClass does eval, warm-up; the test's mean comes from a synchronised loop under inference_mode
import time
import unittest

import torch
from torch import nn


class PointNet(nn.Module):
    def __init__(self, k=40):
        super().__init__()
        self.mlp = nn.Sequential(nn.Conv1d(3, 64, 1), nn.BatchNorm1d(64), nn.ReLU(), nn.Conv1d(64, 1024, 1))
        self.head = nn.Sequential(nn.Linear(1024, 256), nn.ReLU(), nn.Dropout(0.4), nn.Linear(256, k))

    def forward(self, pts):
        return self.head(self.mlp(pts).amax(-1))


@unittest.skipUnless(torch.cuda.is_available(), "CUDA missing")
class LatencyBudget(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.net = PointNet().cuda().eval()
        cls.pts = torch.randn(8, 3, 2048, device="cuda")
        cls.spin(20)

    @classmethod
    @torch.inference_mode()
    def spin(cls, n):
        for _ in range(n):
            cls.net(cls.pts)
        torch.cuda.synchronize()

    def test_mean(self):
        n = 200
        t = time.perf_counter()
        self.spin(n)
        mean_ms = (time.perf_counter() - t) * 1000 / n
        self.assertLess(mean_ms, 5.0, f"{mean_ms:.2f} ms")


if __name__ == "__main__":
    unittest.main()
