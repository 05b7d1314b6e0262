# right: raw matmul TFLOP/s with events, no module and no gradients involved
import torch


def tflops(n, dtype, reps=30):
    a = torch.randn(n, n, device="cuda", dtype=dtype)
    b = torch.randn(n, n, device="cuda", dtype=dtype)
    for _ in range(5):
        a @ b
    t0 = torch.cuda.Event(enable_timing=True)
    t1 = torch.cuda.Event(enable_timing=True)
    t0.record()
    for _ in range(reps):
        a @ b
    t1.record()
    torch.cuda.synchronize()
    sec = t0.elapsed_time(t1) * 1e-3 / reps
    return 2 * n**3 / sec / 1e12


for dtype in (torch.float32, torch.float16, torch.bfloat16):
    print(dtype, *(f"{n}:{tflops(n, dtype):.1f}" for n in (1024, 4096, 8192)))
