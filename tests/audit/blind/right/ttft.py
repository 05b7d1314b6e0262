# right: from_pretrained is already in eval mode and generate() disables gradients
import time

import numpy as np
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

tok = AutoTokenizer.from_pretrained("Qwen/Qwen2.5-0.5B")
lm = AutoModelForCausalLM.from_pretrained("Qwen/Qwen2.5-0.5B", device_map="cuda")
enc = tok("Explain the tides in one sentence.", return_tensors="pt").to("cuda")

for _ in range(3):
    lm.generate(**enc, max_new_tokens=1, do_sample=False)

ttft = []
for _ in range(25):
    torch.cuda.synchronize()
    asked = time.perf_counter()
    lm.generate(**enc, max_new_tokens=1, do_sample=False)
    torch.cuda.synchronize()
    ttft.append(time.perf_counter() - asked)

print(f"time to first token: {np.median(ttft) * 1e3:.1f} ms (p95 {np.percentile(ttft, 95) * 1e3:.1f})")
