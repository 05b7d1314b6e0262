# right: triton.testing.do_bench returns ms and does its own warm-up and synchronising
import torch
import triton.testing as tt

rows, cols = 4096, 8192
x = torch.randn(rows, cols, device="cuda", dtype=torch.float16)

for name, fn in (
    ("softmax", lambda: torch.softmax(x, dim=-1)),
    ("gelu", lambda: torch.nn.functional.gelu(x)),
):
    ms, lo, hi = tt.do_bench(fn, quantiles=[0.5, 0.2, 0.8])
    gbps = 2 * x.numel() * x.element_size() / (ms * 1e-3) / 1e9
    print(f"{name}: {ms:.4f} ms [{lo:.4f}, {hi:.4f}]  {gbps:.0f} GB/s")
