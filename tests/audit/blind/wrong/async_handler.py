# mistakes: host-clock-without-sync@17
import asyncio
import time

import torch

classifier = torch.nn.Sequential(
    torch.nn.Linear(768, 768), torch.nn.ReLU(), torch.nn.Linear(768, 10)
).cuda().eval()
latencies_ms = []


async def handle(features: torch.Tensor):
    arrived = time.perf_counter_ns()
    with torch.inference_mode():
        logits = classifier(features)
    done = time.perf_counter_ns()
    latencies_ms.append((done - arrived) / 1e6)
    await asyncio.sleep(0)
    return logits


async def main():
    features = torch.randn(1, 768, device="cuda")
    for _ in range(50):
        await handle(features)
    latencies_ms.clear()
    for _ in range(1000):
        await handle(features)
    latencies_ms.sort()
    print("p99 model latency [ms]:", latencies_ms[989])


asyncio.run(main())
