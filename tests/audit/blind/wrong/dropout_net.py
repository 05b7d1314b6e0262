# mistakes: no-eval@30
from time import perf_counter

import torch
import torch.nn.functional as F
from torch import nn


class TabularNet(nn.Module):
    def __init__(self, n_in=200, hidden=512, n_out=2):
        super().__init__()
        self.inp = nn.Linear(n_in, hidden)
        self.norm = nn.BatchNorm1d(hidden)
        self.drop = nn.Dropout(0.3)
        self.out = nn.Linear(hidden, n_out)

    def forward(self, rows):
        return self.out(self.drop(F.relu(self.norm(self.inp(rows)))))


@torch.inference_mode()
def benchmark(device: str, rows: int = 4096, loops: int = 500):
    net = TabularNet().to(device)
    table = torch.randn(rows, 200, device=device)
    for _ in range(20):
        net(table)
    torch.cuda.synchronize()
    start = perf_counter()
    for _ in range(loops):
        net(table)
    torch.cuda.synchronize()
    return rows * loops / (perf_counter() - start)


print(f"{benchmark('cuda'):.0f} rows per second")
