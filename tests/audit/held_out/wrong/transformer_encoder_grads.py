# mistakes: no-no-grad@19
import time
import torch
import torch.nn as nn

D, H, L = 512, 8, 6
layer = nn.TransformerEncoderLayer(D, H, dim_feedforward=2048, batch_first=True)
enc = nn.TransformerEncoder(layer, num_layers=L).to("cuda")
enc.eval()

for seq in (64, 128, 256, 512):
    tokens = torch.randn(8, seq, D, device="cuda")
    for _ in range(10):
        enc(tokens)
    torch.cuda.synchronize()
    ts = []
    for _ in range(50):
        a = time.perf_counter()
        enc(tokens)
        torch.cuda.synchronize()
        b = time.perf_counter()
        ts.append(b - a)
    ts.sort()
    print(f"seq={seq:4d}  p50={ts[25]*1e3:.2f}ms  p90={ts[45]*1e3:.2f}ms")
