# mistakes: host-clock-without-sync@29
import argparse
import time

import numpy as np
import torch
from torch import nn

ap = argparse.ArgumentParser()
ap.add_argument("--hidden", type=int, default=768)
ap.add_argument("--layers", type=int, default=6)
ap.add_argument("--reps", type=int, default=200)
args = ap.parse_args()

layer = nn.TransformerEncoderLayer(args.hidden, 12, batch_first=True)
encoder = nn.TransformerEncoder(layer, args.layers).to("cuda")
encoder.eval()
tokens = torch.randn(8, 128, args.hidden, device="cuda")

with torch.no_grad():
    for _ in range(20):
        encoder(tokens)
    torch.cuda.synchronize()

    spent = np.empty(args.reps)
    for r in range(args.reps):
        c0 = time.process_time()
        encoder(tokens)
        spent[r] = time.process_time() - c0

print("encoder forward: mean %.3f ms  p99 %.3f ms" % (spent.mean() * 1e3, np.percentile(spent, 99) * 1e3))
