# mistakes: batch-size-mismatch@24; mean-of-rates@26
import torch
from torch import nn

embed = nn.Sequential(nn.Linear(512, 2048), nn.ReLU(), nn.Linear(2048, 128)).cuda()
embed = embed.eval()
bs = 256
vec = torch.randn(128, 512, device="cuda")

ev = lambda: torch.cuda.Event(enable_timing=True)
pairs = [(ev(), ev()) for _ in range(300)]
with torch.no_grad():
    for _ in range(20):
        embed(vec)
    for s, e in pairs:
        s.record()
        embed(vec)
        e.record()
    torch.cuda.synchronize()

rates = []
for s, e in pairs:
    sec = s.elapsed_time(e) / 1000
    rates.append(bs / sec)

print("embeddings/s = %.0f" % (sum(rates) / len(rates)))
