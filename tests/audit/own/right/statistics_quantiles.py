# right: quantiles of many samples, each closed by a synchronise
import logging
import statistics
import time

import torch
from torch import nn

logging.basicConfig(level=logging.INFO, format="%(message)s")
rnn = nn.GRU(80, 320, 2, batch_first=True).cuda().eval()
mel = torch.randn(1, 400, 80, device="cuda")

samples = []
with torch.inference_mode():
    for i in range(220):
        torch.cuda.synchronize()
        t0 = time.perf_counter()
        rnn(mel)
        torch.cuda.synchronize()
        t1 = time.perf_counter()
        if i >= 20:  # the first twenty are the warm-up
            samples.append((t1 - t0) * 1e3)

q = statistics.quantiles(samples, n=100)
logging.info("p50 %.2f  p90 %.2f  p99 %.2f ms", q[49], q[89], q[98])
