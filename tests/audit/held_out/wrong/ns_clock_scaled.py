# mistakes: unit-mix-up@25
from time import perf_counter_ns
import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

ckpt = "distilbert-base-uncased"
tok = AutoTokenizer.from_pretrained(ckpt)
bert = AutoModel.from_pretrained(ckpt).to("cuda")
bert.eval()

enc = tok(["The quick brown fox jumps over the lazy dog."] * 8, return_tensors="pt").to("cuda")

laps = []
with torch.no_grad():
    for _ in range(10):
        bert(**enc)
    torch.cuda.synchronize()
    for _ in range(100):
        c0 = perf_counter_ns()
        bert(**enc)
        torch.cuda.synchronize()
        laps.append(perf_counter_ns() - c0)

ms = np.mean(laps) / 1e3
print(f"{ckpt}: {ms:.2f} ms per batch of 8")
