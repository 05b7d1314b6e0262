# right: tokenisation time on the host while a GPU model exists in the script
import time

import torch
from transformers import AutoModel, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("roberta-base")
roberta = AutoModel.from_pretrained("roberta-base").cuda().eval()
corpus = ["the quick brown fox jumps over the lazy dog"] * 5000

clock = time.perf_counter()
batch = tokenizer(corpus, padding=True, truncation=True, return_tensors="pt")
tokenise_s = time.perf_counter() - clock
print(f"tokenised {len(corpus)} sentences in {tokenise_s:.2f} s ({len(corpus) / tokenise_s:.0f}/s)")

with torch.inference_mode():
    first = {k: v[:32].cuda() for k, v in batch.items()}
    print(roberta(**first).last_hidden_state.shape)
