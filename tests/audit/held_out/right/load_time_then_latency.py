# right: the copy between clocks belongs to the reported load time, not to the latency
import time
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

CKPT = "distilbert-base-uncased-finetuned-sst-2-english"

t = time.time()
tok = AutoTokenizer.from_pretrained(CKPT)
clf = AutoModelForSequenceClassification.from_pretrained(CKPT)
clf = clf.to("cuda").eval()
torch.cuda.synchronize()
print(f"loading: {time.time() - t:.1f} s")

enc = tok(["what a lovely film"] * 16, return_tensors="pt").to("cuda")

with torch.inference_mode():
    for _ in range(10):
        clf(**enc)
    torch.cuda.synchronize()
    t = time.time()
    for _ in range(100):
        clf(**enc)
    torch.cuda.synchronize()
    print(f"inference: {(time.time() - t) / 100 * 1000:.2f} ms / batch")
