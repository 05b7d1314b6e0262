# right: the clocked coroutine awaits a function which synchronises, and the first requests are dropped
import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import torch
from torchvision.models import resnet18

POOL = ThreadPoolExecutor(max_workers=1)


class Service:
    def __init__(self):
        self.net = resnet18(weights=None).cuda().eval()

    def _forward(self, x):
        with torch.inference_mode():
            y = self.net(x)
        torch.cuda.synchronize()
        return y

    async def predict(self, x):
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(POOL, self._forward, x)


async def probe(svc, n, drop=20):
    x = torch.randn(1, 3, 224, 224, device="cuda")
    torch.cuda.synchronize()
    lat = []
    for _ in range(n + drop):
        t = time.perf_counter()
        await svc.predict(x)
        lat.append(time.perf_counter() - t)
    return lat[drop:]


async def main():
    lat = sorted(await probe(Service(), 200))
    print(f"request latency p50 {lat[100] * 1e3:.2f} ms  p99 {lat[198] * 1e3:.2f} ms")


asyncio.run(main())
