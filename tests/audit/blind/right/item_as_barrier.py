# right: item() is the intended synchronisation of the host clock
import time

import torch

critic = torch.nn.Sequential(torch.nn.Linear(32, 256), torch.nn.ReLU(), torch.nn.Linear(256, 1))
critic = critic.cuda().eval()
obs = torch.rand(1, 32, device="cuda")


@torch.inference_mode()
def value() -> float:
    # the caller needs a python float, so item() waits for the GPU here
    return critic(obs).item()


for _ in range(100):
    value()

waits = []
for _ in range(2000):
    t = time.perf_counter()
    value()
    waits.append(time.perf_counter() - t)
waits.sort()
print(f"observation to python value: p50 {waits[1000] * 1e6:.0f} us, p99 {waits[1980] * 1e6:.0f} us")
