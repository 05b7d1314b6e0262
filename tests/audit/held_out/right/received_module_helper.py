# right: the module comes from the caller, who owns eval(); helper uses inference_mode, warm-up and sync
"""bench_utils.py"""
import time
from typing import Callable, Dict

import numpy as np
import torch


def latency_report(module: torch.nn.Module, example: torch.Tensor, warmup: int = 25, runs: int = 200) -> Dict[str, float]:
    """Latency percentiles in ms. The module has to be in eval mode already."""
    assert not module.training, "call .eval() first"
    pause: Callable[[], None] = torch.cuda.synchronize if example.is_cuda else (lambda: None)
    secs = np.empty(runs)
    with torch.inference_mode():
        for _ in range(warmup):
            module(example)
        pause()
        for i in range(runs):
            s = time.perf_counter()
            module(example)
            pause()
            secs[i] = time.perf_counter() - s
    p50, p90, p99 = np.percentile(secs * 1e3, [50, 90, 99])
    return {"p50_ms": float(p50), "p90_ms": float(p90), "p99_ms": float(p99)}
