# mistakes: compile-in-timing@38
import time
import torch
from torch import nn


class Attention(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.h = h
        self.qkv = nn.Linear(d, 3 * d)
        self.proj = nn.Linear(d, d)

    def forward(self, x):
        b, n, d = x.shape
        q, k, v = self.qkv(x).view(b, n, 3, self.h, d // self.h).permute(2, 0, 3, 1, 4)
        y = nn.functional.scaled_dot_product_attention(q, k, v)
        return self.proj(y.transpose(1, 2).reshape(b, n, d))


def loop(fn, x, n):
    for _ in range(n):
        fn(x)


def measure_eager(att, x, n=100):
    loop(att, x, 10)
    torch.cuda.synchronize()
    t = time.perf_counter()
    loop(att, x, n)
    torch.cuda.synchronize()
    return (time.perf_counter() - t) / n


def measure_compiled(att, x, n=100):
    fast = torch.compile(att, mode="max-autotune")
    torch.cuda.synchronize()
    t = time.perf_counter()
    loop(fast, x, n)
    torch.cuda.synchronize()
    return (time.perf_counter() - t) / n


att = Attention(768, 12).to("cuda", torch.bfloat16).eval()
x = torch.randn(8, 512, 768, device="cuda", dtype=torch.bfloat16)
with torch.no_grad():
    e = measure_eager(att, x)
    c = measure_compiled(att, x)
print(f"eager {e * 1e3:.3f} ms, compiled {c * 1e3:.3f} ms per call, speed-up {e / c:.2f}")
