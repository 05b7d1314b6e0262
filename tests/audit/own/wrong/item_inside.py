# mistakes: sync-in-timing@19
import time
import torch
from torch import nn

sync = torch.cuda.synchronize
critic = nn.Sequential(nn.Linear(64, 256), nn.Tanh(), nn.Linear(256, 256), nn.Tanh(), nn.Linear(256, 1))
critic = critic.to("cuda").eval()
obs = torch.randn(1, 64, device="cuda")

values, laps = [], []
with torch.no_grad():
    for _ in range(50):
        critic(obs)
    sync()
    for _ in range(1000):
        t = time.perf_counter()
        value = critic(obs)
        values.append(value.item())
        sync()
        laps.append(time.perf_counter() - t)

laps.sort()
print(f"critic forward: median {laps[500] * 1e6:.1f} us, worst {laps[-1] * 1e6:.1f} us")
