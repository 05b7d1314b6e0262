# mistakes: unit-mix-up@36
import time
from statistics import median

import torch
from transformers import AutoModel, AutoTokenizer

NAME = "distilbert-base-uncased"


class Clock:
    @staticmethod
    def read():
        torch.cuda.synchronize()
        return time.perf_counter_ns()


def embed_times(bert, batch, clock, reps=200):
    deltas = []
    with torch.no_grad():
        for _ in range(20):
            bert(**batch)
        for _ in range(reps):
            t0 = clock.read()
            bert(**batch)
            deltas.append(clock.read() - t0)
    return deltas


tok = AutoTokenizer.from_pretrained(NAME)
bert = AutoModel.from_pretrained(NAME).cuda().eval()
texts = ["the quick brown fox jumps over the lazy dog"] * 16
batch = {k: v.cuda() for k, v in tok(texts, padding=True, return_tensors="pt").items()}

ns = embed_times(bert, batch, Clock)
ms = median(ns) / 1e3
print(f"{NAME}: median {ms:.3f} ms per batch of {len(texts)}")
