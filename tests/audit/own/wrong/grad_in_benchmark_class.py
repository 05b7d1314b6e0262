# mistakes: no-no-grad@32
import unittest
import torch
from torch import nn


class TextCNN(nn.Module):
    def __init__(self, vocab=20000, dim=128, widths=(3, 4, 5)):
        super().__init__()
        self.emb = nn.Embedding(vocab, dim)
        self.convs = nn.ModuleList([nn.Conv1d(dim, 100, w) for w in widths])
        self.fc = nn.Linear(100 * len(widths), 4)

    def forward(self, ids):
        h = self.emb(ids).transpose(1, 2)
        h = [c(h).relu().amax(-1) for c in self.convs]
        return self.fc(torch.cat(h, 1))


class TestSpeed(unittest.TestCase):
    def setUp(self):
        self.net = TextCNN().cuda().eval()
        self.ids = torch.randint(0, 20000, (64, 200), device="cuda")
        for _ in range(10):
            self.net(self.ids)

    def test_inference_fast_enough(self):
        e0 = torch.cuda.Event(enable_timing=True)
        e1 = torch.cuda.Event(enable_timing=True)
        e0.record()
        for _ in range(100):
            self.net(self.ids)
        e1.record()
        torch.cuda.synchronize()
        self.assertLess(e0.elapsed_time(e1) / 100, 5.0)


if __name__ == "__main__":
    unittest.main()
