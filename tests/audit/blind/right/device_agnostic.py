# right: helper picks the right synchronise for cuda, mps or cpu
import time

import torch
from torchvision.models import mobilenet_v3_large


def pick_device():
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def finish(device):
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


@torch.no_grad()
def run(n=100, warmup=10):
    device = pick_device()
    net = mobilenet_v3_large(weights=None).to(device).eval()
    photo = torch.rand(1, 3, 224, 224, device=device)
    for _ in range(warmup):
        net(photo)
    samples = []
    for _ in range(n):
        finish(device)
        begin = time.perf_counter()
        net(photo)
        finish(device)
        samples.append(time.perf_counter() - begin)
    return device, samples


dev, samples = run()
print(dev, f"{sum(samples) / len(samples) * 1000:.2f} ms")
