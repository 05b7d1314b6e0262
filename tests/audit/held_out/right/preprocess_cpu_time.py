# right: process_time measures CPU tokenisation only; GPU part is timed with events
import time
import torch
from transformers import AutoModel, AutoTokenizer

tok = AutoTokenizer.from_pretrained("bert-base-uncased")
bert = AutoModel.from_pretrained("bert-base-uncased").cuda().eval()
texts = ["a sentence about nothing in particular"] * 32

tok(texts)  # loads the lazy parts
p0 = time.process_time()
for _ in range(100):
    enc = tok(texts, return_tensors="pt", padding=True)
p1 = time.process_time()
print(f"tokenizer CPU time {(p1 - p0) * 10:.2f} ms per batch")

enc = {k: v.cuda() for k, v in enc.items()}
e1, e2 = [torch.cuda.Event(enable_timing=True) for _ in "ab"]
with torch.no_grad():
    for _ in range(10):
        bert(**enc)
    e1.record()
    for _ in range(100):
        bert(**enc)
    e2.record()
torch.cuda.synchronize()
print(f"bert forward {e1.elapsed_time(e2) / 100:.2f} ms per batch")
