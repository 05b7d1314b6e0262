# right: warm-up helper driven by a time budget, events for the measurement
import time

import torch


def heat(fn, budget_s=2.0):
    deadline = time.monotonic() + budget_s
    while time.monotonic() < deadline:
        fn()
        torch.cuda.synchronize()


def gpu_time_ms(fn, reps=100):
    heat(fn)
    first, last = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    first.record()
    for _ in range(reps):
        fn()
    last.record()
    torch.cuda.synchronize()
    return first.elapsed_time(last) / reps


ln = torch.nn.LayerNorm(4096).cuda().eval()
h = torch.randn(4096, 4096, device="cuda")
with torch.inference_mode():
    print(f"LayerNorm: {gpu_time_ms(lambda: ln(h)):.4f} ms")
