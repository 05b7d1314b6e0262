# mistakes: sync-per-call-throughput@30
import time
import torch
import torch.nn as nn

sync = torch.cuda.synchronize


class Ranker(nn.Module):
    def __init__(self, n_items=100_000, d=64):
        super().__init__()
        self.items = nn.Embedding(n_items, d)
        self.tower = nn.Sequential(nn.Linear(d, 256), nn.ReLU(), nn.Linear(256, 1))

    def forward(self, ids):
        return self.tower(self.items(ids)).squeeze(-1)


ranker = Ranker().cuda()
ranker.eval()
ids = torch.randint(0, 100_000, (4096,), device="cuda")

with torch.inference_mode():
    for _ in range(50):
        ranker(ids)
    sync()
    t0 = time.perf_counter()
    for _ in range(1000):
        ranker(ids)
        sync()
    dt = time.perf_counter() - t0

print("QPS: %.0f items/s" % (1000 * ids.numel() / dt))
