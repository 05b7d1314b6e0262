# mistakes: no-no-grad@20; sync-in-timing@21
import asyncio
import time
import statistics

import torch
from torchvision.models import mobilenet_v3_large

classifier = mobilenet_v3_large(weights="DEFAULT").cuda().eval()
queue_in = asyncio.Queue()
model_ms = []


async def worker():
    while True:
        item = await queue_in.get()
        if item is None:
            break
        t0 = time.perf_counter()
        logits = classifier(item)
        answer = logits.softmax(-1).topk(5).indices.tolist()
        model_ms.append((time.perf_counter() - t0) * 1e3)
        await asyncio.sleep(0)
    return answer


async def main(n=200):
    for _ in range(10):
        classifier(torch.zeros(1, 3, 224, 224, device="cuda"))
    for _ in range(n):
        await queue_in.put(torch.rand(1, 3, 224, 224, device="cuda"))
    await queue_in.put(None)
    torch.cuda.synchronize()
    await worker()
    print("model forward: median %.2f ms, max %.2f ms" % (statistics.median(model_ms), max(model_ms)))


asyncio.run(main())
