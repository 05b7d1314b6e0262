# mistakes: event-without-timing@11
from typing import Callable

import torch


def gpu_ms(fn: Callable[[], object], iters: int = 50) -> float:
    for _ in range(max(3, iters // 10)):
        fn()
    t0 = torch.cuda.Event(enable_timing=True)
    t1 = torch.cuda.Event(blocking=True)
    t0.record()
    for _ in range(iters):
        fn()
    t1.record()
    t1.synchronize()
    return t0.elapsed_time(t1) / iters


if __name__ == "__main__":
    q, k, v = (torch.rand(4, 16, 1024, 64, device="cuda", dtype=torch.half) for _ in range(3))
    sdpa = torch.nn.functional.scaled_dot_product_attention
    for causal in (False, True):
        ms = gpu_ms(lambda: sdpa(q, k, v, is_causal=causal))
        print(f"sdpa causal={causal}: {ms:.3f} ms")
