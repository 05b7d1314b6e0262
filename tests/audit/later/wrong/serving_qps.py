# mistakes: sync-per-call-throughput@32
import time
from collections import deque

import torch
from torch import nn


class Ranker(nn.Module):
    def __init__(self, n_items=100_000, d=128):
        super().__init__()
        self.emb = nn.Embedding(n_items, d)
        self.tower = nn.Sequential(nn.Linear(d, 512), nn.ReLU(), nn.Linear(512, 1))

    def forward(self, ids):
        return self.tower(self.emb(ids)).squeeze(-1)


class Server:
    def __init__(self, ranker):
        self.ranker = ranker.cuda().eval()
        self.queue = deque()

    def submit(self, ids):
        self.queue.append(ids)

    def drain(self):
        done = 0
        while self.queue:
            ids = self.queue.popleft()
            self.ranker(ids)
            torch.cuda.synchronize()
            done += ids.size(0)
        return done


def load(server, n, bs):
    for _ in range(n):
        server.submit(torch.randint(0, 100_000, (bs,), device="cuda"))


@torch.inference_mode()
def qps(bs):
    srv = Server(Ranker())
    load(srv, 20, bs)
    srv.drain()
    load(srv, 500, bs)
    torch.cuda.synchronize()
    t0 = time.perf_counter()
    n = srv.drain()
    torch.cuda.synchronize()
    return n / (time.perf_counter() - t0)


for bs in (32, 128, 512):
    print(f"bs={bs}: {qps(bs):,.0f} items/s")
