# right: the harmonic mean of equal-sized rates equals total work over total time
import statistics
import time

import torch
from torch import nn

net = nn.TransformerEncoderLayer(512, 8, batch_first=True).cuda().eval()
seqs = torch.randn(24, 256, 512, device="cuda")
rates = []
with torch.no_grad():
    for _ in range(10):
        net(seqs)
    torch.cuda.synchronize()
    for _ in range(8):
        t0 = time.perf_counter()
        for _ in range(50):
            net(seqs)
        torch.cuda.synchronize()
        rates.append(50 * len(seqs) / (time.perf_counter() - t0))
print(f"{statistics.harmonic_mean(rates):.1f} sequences/s over {len(rates)} rounds")
