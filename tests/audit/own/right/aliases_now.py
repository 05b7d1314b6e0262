# right: aliased clock and aliased synchronise, used in the right places
from time import perf_counter as now
from torch.cuda import synchronize as wait

import torch as tr
from transformers import DistilBertModel

lm = DistilBertModel.from_pretrained("distilbert-base-uncased").to("cuda")
lm.eval()
ids = tr.randint(0, 30000, (16, 64), device="cuda")

took = []
with tr.inference_mode():
    for _ in range(12):
        lm(ids)
    wait()
    for _ in range(150):
        a = now()
        lm(ids)
        wait()
        took.append(now() - a)

print("mean", 1e3 * sum(took) / len(took), "ms")
