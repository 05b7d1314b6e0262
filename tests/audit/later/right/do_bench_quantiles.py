# right: triton's do_bench warms up, uses events and returns milliseconds, which are divided by 1e3 for the rate
import torch
import torch.nn.functional as F
import triton.testing as tt
from torch import nn


class GatedFFN(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.up = nn.Linear(d, 2 * h, bias=False)
        self.down = nn.Linear(h, d, bias=False)

    def forward(self, x):
        a, g = self.up(x).chunk(2, -1)
        return self.down(F.silu(g) * a)


def measure(ffn, x):
    def go():
        with torch.no_grad():
            return ffn(x)
    return tt.do_bench(go, quantiles=[0.5, 0.2, 0.8])


ffn = GatedFFN(2048, 5504).to("cuda", torch.float16).eval()
for tokens in [64, 512, 4096]:
    x = torch.randn(tokens, 2048, device="cuda", dtype=torch.float16)
    mid, lo, hi = measure(ffn, x)
    print(f"{tokens:5d} tokens {mid:.3f} ms [{lo:.3f}, {hi:.3f}]  {tokens / (mid / 1e3):,.0f} tok/s")
