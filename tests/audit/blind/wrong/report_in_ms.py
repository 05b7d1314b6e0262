# mistakes: unit-mix-up@26
import logging
import time

import torch

logging.basicConfig(level=logging.INFO)
log = logging.getLogger("bench")


@torch.inference_mode()
def mean_forward(net, x, n):
    for _ in range(n // 5):
        net(x)
    torch.cuda.synchronize()
    t0 = time.perf_counter()
    for _ in range(n):
        net(x)
    torch.cuda.synchronize()
    return (time.perf_counter() - t0) / n


head = torch.nn.Linear(2048, 1000).cuda().eval()
pooled = torch.rand(512, 2048, device="cuda")
duration = mean_forward(head, pooled, 500)
log.info("classifier head forward: %.3f ms", duration)
