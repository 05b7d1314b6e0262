# right: results kept in seconds and scaled once in the property named for ms
import time
from dataclasses import dataclass, field

import torch
from torch import nn


@dataclass
class Result:
    label: str
    batch: int
    secs: list[float] = field(default_factory=list)

    @property
    def mean_ms(self) -> float:
        return 1e3 * sum(self.secs) / len(self.secs)

    @property
    def worst_ms(self) -> float:
        return 1e3 * max(self.secs)


@torch.inference_mode()
def measure(net: nn.Module, batch: torch.Tensor, label: str) -> Result:
    net.eval()
    res = Result(label, batch.shape[0])
    for _ in range(10):
        net(batch)
    torch.cuda.synchronize()
    for _ in range(100):
        t0 = time.perf_counter()
        net(batch)
        torch.cuda.synchronize()
        res.secs.append(time.perf_counter() - t0)
    return res


lin = nn.Sequential(nn.Linear(2048, 2048), nn.BatchNorm1d(2048)).cuda()
r = measure(lin, torch.randn(256, 2048, device="cuda"), "lin+bn")
print(f"{r.label}: mean {r.mean_ms:.3f} ms, worst {r.worst_ms:.3f} ms (bs {r.batch})")
