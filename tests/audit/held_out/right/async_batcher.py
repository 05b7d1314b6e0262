# right: async handler waits for the end event before it reads the time
import asyncio
import statistics
import torch
from torchvision.models import resnet18

net = resnet18(weights="DEFAULT").cuda().eval()
hist = []


async def infer(x):
    a = torch.cuda.Event(enable_timing=True)
    b = torch.cuda.Event(enable_timing=True)
    with torch.inference_mode():
        a.record()
        out = net(x)
        b.record()
    while not b.query():
        await asyncio.sleep(0.0005)
    b.synchronize()
    hist.append(a.elapsed_time(b))
    return out


async def main():
    batch = torch.rand(8, 3, 224, 224, device="cuda")
    for _ in range(10):
        await infer(batch)
    hist.clear()
    for _ in range(100):
        await infer(batch)
    print("gpu ms:", statistics.mean(hist), "+-", statistics.pstdev(hist))


asyncio.run(main())
