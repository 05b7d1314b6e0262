# mistakes: host-clock-without-sync@35
import asyncio
import logging
import time

import torch
from torch import nn

log = logging.getLogger("serve")


class Ranker(nn.Module):
    def __init__(self, d=512):
        super().__init__()
        self.tower = nn.Sequential(nn.Linear(d, d), nn.ReLU(), nn.Linear(d, 1))

    def forward(self, z):
        return self.tower(z).squeeze(-1)


class Service:
    def __init__(self):
        self.ranker = Ranker().to("cuda").eval()
        self.lat = []
        self._probe = torch.randn(4096, 512, device="cuda")
        with torch.inference_mode():
            for _ in range(32):
                self.ranker(self._probe)
        torch.cuda.synchronize()

    async def handle(self, z):
        with torch.inference_mode():
            t0 = time.monotonic()
            scores = self.ranker(z)
            self.lat.append(time.monotonic() - t0)
        await asyncio.sleep(0)
        return scores


async def main():
    svc = Service()
    for _ in range(1000):
        await svc.handle(svc._probe)
    log.warning("forward latency %.3f ms (n=%d)", 1e3 * sum(svc.lat) / len(svc.lat), len(svc.lat))


asyncio.run(main())
