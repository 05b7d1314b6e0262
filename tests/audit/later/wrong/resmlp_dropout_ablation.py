# mistakes: no-eval@47
import time
from dataclasses import dataclass

import torch
import torch.nn as nn


class ResMLP(nn.Module):
    def __init__(self, dim, depth, p):
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, 4 * dim), nn.GELU(), nn.Dropout(p), nn.Linear(4 * dim, dim))
            for _ in range(depth)
        )

    def forward(self, h):
        for blk in self.layers:
            h = h + blk(h)
        return h


@dataclass
class Row:
    dim: int
    depth: int
    ms: float


class Ablation:
    def __init__(self, device):
        self.device = device
        self.rows = []

    def _build(self, dim, depth):
        return ResMLP(dim, depth, p=0.2).to(self.device)

    @torch.inference_mode()
    def measure(self, dim, depth, reps=100):
        mlp = self._build(dim, depth)
        h = torch.randn(128, dim, device=self.device)
        for _ in range(10):
            mlp(h)
        torch.cuda.synchronize()
        t0 = time.perf_counter()
        for _ in range(reps):
            mlp(h)
        torch.cuda.synchronize()
        self.rows.append(Row(dim, depth, (time.perf_counter() - t0) * 1e3 / reps))


ab = Ablation(torch.device("cuda"))
for dim in (256, 512):
    for depth in (4, 8, 16):
        ab.measure(dim, depth)
for row in ab.rows:
    print(row)
