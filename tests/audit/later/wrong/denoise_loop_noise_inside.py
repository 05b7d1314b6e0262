# mistakes: copy-in-timing@35
"""Toy sampler timing (diffusers-like loop)"""
import torch
import torch.nn as nn


class TinyUNet(nn.Module):
    def __init__(self, ch=64):
        super().__init__()
        self.inp = nn.Conv2d(4, ch, 3, padding=1)
        self.mid = nn.Sequential(*[nn.Sequential(nn.Conv2d(ch, ch, 3, padding=1), nn.SiLU()) for _ in range(6)])
        self.out = nn.Conv2d(ch, 4, 3, padding=1)

    def forward(self, z, t):
        return self.out(self.mid(self.inp(z) + t))


class Sampler:
    def __init__(self, unet, steps=25):
        self.unet = unet
        self.steps = steps

    def __call__(self, z):
        for k in range(self.steps, 0, -1):
            z = z - self.unet(z, k / self.steps) / self.steps
        return z


def timed_samples(sampler, n, shape):
    out = []
    a = torch.cuda.Event(enable_timing=True)
    b = torch.cuda.Event(enable_timing=True)
    for _ in range(n):
        a.record()
        z = torch.randn(*shape, device="cuda", dtype=torch.float16)
        sampler(z)
        b.record()
        b.synchronize()
        out.append(a.elapsed_time(b))
    return out


unet = TinyUNet().half().cuda().eval()
sampler = Sampler(unet)
shape = (2, 4, 64, 64)
with torch.inference_mode():
    for _ in range(3):
        sampler(torch.randn(*shape, device="cuda", dtype=torch.float16))
    ms = timed_samples(sampler, 30, shape)
print(f"{sum(ms) / len(ms):.1f} ms per image batch, {sum(ms) / len(ms) / sampler.steps:.2f} ms per step")
