# right: latency budget test with setUp warm-up and events
import unittest
import torch
from torch import nn


class LatencyBudget(unittest.TestCase):
    BUDGET_MS = 5.0

    def setUp(self):
        if not torch.cuda.is_available():
            self.skipTest("no cuda")
        self.net = nn.Sequential(nn.Linear(2048, 2048), nn.ReLU(), nn.Dropout(), nn.Linear(2048, 10)).cuda()
        self.net.eval()
        self.x = torch.randn(64, 2048, device="cuda")
        with torch.no_grad():
            for _ in range(20):
                self.net(self.x)

    def test_mean(self):
        s = torch.cuda.Event(enable_timing=True)
        e = torch.cuda.Event(enable_timing=True)
        with torch.no_grad():
            s.record()
            for _ in range(100):
                self.net(self.x)
            e.record()
        e.synchronize()
        self.assertLess(s.elapsed_time(e) / 100, self.BUDGET_MS)


if __name__ == "__main__":
    unittest.main()
