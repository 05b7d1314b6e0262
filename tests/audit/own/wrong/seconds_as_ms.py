# mistakes: unit-mix-up@16
import time
from dataclasses import dataclass, field

import torch
from torch import nn


@dataclass
class Report:
    name: str
    runs: list = field(default_factory=list)

    def show(self):
        mean = sum(self.runs) / len(self.runs)
        print(f"{self.name}: {mean:.3f} ms ({len(self.runs)} runs)")


mlp = nn.Sequential(nn.Linear(784, 2048), nn.ReLU(), nn.Dropout(), nn.Linear(2048, 10)).cuda()
mlp.eval()
digits = torch.rand(512, 784, device="cuda")
rep = Report("mnist-mlp")

with torch.no_grad():
    [mlp(digits) for _ in range(10)]
    torch.cuda.synchronize()
    for _ in range(400):
        start = time.perf_counter()
        mlp(digits)
        torch.cuda.synchronize()
        rep.runs.append(time.perf_counter() - start)

rep.show()
