# mistakes: copy-in-timing@22
import time

import torch
from transformers import AutoModel, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("bert-base-uncased")
bert = AutoModel.from_pretrained("bert-base-uncased").to("cuda:0")
bert.eval()
encoded = tokenizer(["a short sentence"] * 16, return_tensors="pt")


@torch.no_grad()
def bench(n_iter: int = 50) -> list:
    ready = {k: v.to("cuda:0") for k, v in encoded.items()}
    for _ in range(5):
        bert(**ready)
    spans = []
    for _ in range(n_iter):
        torch.cuda.synchronize()
        t_a = time.time()
        ids = encoded["input_ids"].cuda()
        bert(input_ids=ids)
        torch.cuda.synchronize()
        spans.append(time.time() - t_a)
    return spans


result = bench()
print(f"BERT forward (model only): {1e3 * sum(result) / len(result):.2f} ms")
