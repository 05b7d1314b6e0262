# mistakes: event-without-timing@10
import torch
from transformers import AutoModel, AutoTokenizer

ckpt = "distilbert-base-uncased"
tok = AutoTokenizer.from_pretrained(ckpt)
bert = AutoModel.from_pretrained(ckpt).to("cuda").eval()
enc = tok(["the quick brown fox"] * 8, return_tensors="pt").to("cuda")

begin = torch.cuda.Event()
finish = torch.cuda.Event(enable_timing=True)

durations = []
with torch.inference_mode():
    for _ in range(10):
        bert(**enc)
    for _ in range(100):
        begin.record()
        bert(**enc)
        finish.record()
        finish.synchronize()
        durations.append(begin.elapsed_time(finish))

print(f"distilbert: {sum(durations) / len(durations):.2f} ms / batch")
