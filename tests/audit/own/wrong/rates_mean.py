# mistakes: mean-of-rates@21
import time
import torch
from torch import nn

gru = nn.GRU(128, 256, num_layers=3, batch_first=True, dropout=0.1).cuda().eval()
clips = torch.randn(48, 300, 128, device="cuda")

rates = []
with torch.no_grad():
    for _ in range(10):
        gru(clips)
    torch.cuda.synchronize()
    for _ in range(120):
        t0 = time.perf_counter()
        gru(clips)
        torch.cuda.synchronize()
        dt = time.perf_counter() - t0
        rates.append(clips.shape[0] / dt)

print("throughput: %.1f clips/s" % (sum(rates) / len(rates)))
