# right: async service, the worker function synchronises before it returns
import asyncio
import time

import torch

reranker = torch.nn.Sequential(torch.nn.Linear(384, 384), torch.nn.Linear(384, 1)).cuda().eval()
candidates = torch.rand(100, 384, device="cuda")


def blocking_infer():
    with torch.inference_mode():
        scores = reranker(candidates)
    torch.cuda.synchronize()
    return scores


async def client(n):
    loop = asyncio.get_running_loop()
    seen = []
    for _ in range(n):
        sent = time.perf_counter()
        await loop.run_in_executor(None, blocking_infer)
        seen.append(time.perf_counter() - sent)
    return seen


async def main():
    await client(50)  # warm-up requests
    seen = await client(500)
    print(f"mean response time {sum(seen) / len(seen) * 1e3:.2f} ms")


asyncio.run(main())
