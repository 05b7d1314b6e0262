# right: triton's do_bench does warm-up, synchronisation and repetition, returns ms
import torch
import triton

x = torch.randn(8192, 8192, device="cuda", dtype=torch.float16)
w = torch.ones(8192, device="cuda", dtype=torch.float16)


def rms_norm(inp, weight, eps=1e-6):
    scale = torch.rsqrt(inp.float().pow(2).mean(-1, keepdim=True) + eps)
    return (inp * scale).to(inp.dtype) * weight


eager = triton.testing.do_bench(lambda: rms_norm(x, w))
fused_fn = torch.compile(rms_norm)
fused_fn(x, w)
fused = triton.testing.do_bench(lambda: fused_fn(x, w))
moved = 2 * x.numel() * x.element_size()
for tag, ms in (("eager", eager), ("compiled", fused)):
    print(f"{tag}: {ms:.3f} ms, {moved / (ms * 1e-3) / 1e9:.0f} GB/s")
