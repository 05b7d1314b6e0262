# mistakes: sync-in-timing@40
import time
from contextlib import nullcontext

import numpy as np
import torch
from torch import nn


class DepthNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Sequential(nn.Conv2d(3, 48, 5, 2, 2), nn.ELU(), nn.Conv2d(48, 96, 3, 2, 1), nn.ELU())
        self.up = nn.Sequential(nn.ConvTranspose2d(96, 48, 4, 2, 1), nn.ELU(), nn.ConvTranspose2d(48, 1, 4, 2, 1))

    def forward(self, rgb):
        return self.up(self.down(rgb)).sigmoid()


class Pipeline:
    def __init__(self, amp):
        self.net = DepthNet().cuda().eval()
        self.ctx = torch.autocast("cuda") if amp else nullcontext()

    def infer(self, rgb):
        with torch.inference_mode(), self.ctx:
            return self.net(rgb)


def run(amp, frames=120):
    pipe = Pipeline(amp)
    rgb = torch.rand(1, 3, 480, 640, device="cuda")
    for _ in range(10):
        pipe.infer(rgb)
    torch.cuda.synchronize()
    samples = np.zeros(frames)
    for i in range(frames):
        t = time.perf_counter()
        pred = pipe.infer(rgb)
        depth = pred.float().squeeze().cpu().numpy()
        torch.cuda.synchronize()
        samples[i] = time.perf_counter() - t
    return samples * 1e3, depth


for amp in (False, True):
    ms, d = run(amp)
    print(f"amp={amp}: network latency {np.median(ms):.2f} ms, depth range {d.min():.2f}..{d.max():.2f}")
