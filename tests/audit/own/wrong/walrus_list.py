# mistakes: host-clock-without-sync@20
import time
import torch
import torch.nn.functional as F


def attention(q, k, v):
    return F.scaled_dot_product_attention(q, k, v, is_causal=True)


q, k, v = (torch.randn(4, 16, 2048, 64, device="cuda", dtype=torch.bfloat16) for _ in range(3))

for _ in range(10):
    attention(q, k, v)
torch.cuda.synchronize()

times = [
    (t := time.perf_counter(),
     attention(q, k, v),
     time.perf_counter() - t)[2]
    for _ in range(100)
]
print("sdpa causal: %.1f us" % (1e6 * sum(times) / len(times)))
