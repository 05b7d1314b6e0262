# mistakes: compile-in-timing@18
import time
import torch
from transformers import AutoModel

encoder = AutoModel.from_pretrained("bert-base-uncased").to("cuda").eval()
ids = torch.randint(0, 30000, (4, 128), device="cuda")
mask = torch.ones_like(ids)

with torch.inference_mode():
    for _ in range(10):
        encoder(input_ids=ids, attention_mask=mask)
    torch.cuda.synchronize()
    compiled = torch.compile(encoder)

    latencies = []
    for _ in range(30):
        t0 = time.perf_counter()
        compiled(input_ids=ids, attention_mask=mask)
        torch.cuda.synchronize()
        latencies.append(time.perf_counter() - t0)

print("compiled BERT: %.2f ms" % (sum(latencies) / len(latencies) * 1e3))
