# right: synchronise reached through an alias
import torch
from time import perf_counter_ns as now

sync = torch.cuda.synchronize

gpt_block = torch.nn.TransformerEncoderLayer(1024, 16, batch_first=True, norm_first=True)
gpt_block = gpt_block.cuda().half().eval()
hidden = torch.randn(2, 2048, 1024, device="cuda", dtype=torch.float16)
ns = []

with torch.inference_mode():
    for _ in range(5):
        gpt_block(hidden)
    sync()
    for _ in range(50):
        t0 = now()
        gpt_block(hidden)
        sync()
        ns.append(now() - t0)

print("block latency: %.3f ms" % (sum(ns) / len(ns) / 1e6))
