# right: generate() carries its own no_grad and from_pretrained returns eval mode; synchronised per sample
import time
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

repo = "gpt2"
tok = AutoTokenizer.from_pretrained(repo)
lm = AutoModelForCausalLM.from_pretrained(repo, torch_dtype=torch.float16).to("cuda")
prompt = tok("In the beginning", return_tensors="pt").to("cuda")
NEW = 64
kw = dict(max_new_tokens=NEW, min_new_tokens=NEW, do_sample=False, pad_token_id=tok.eos_token_id)

for _ in range(3):
    lm.generate(**prompt, **kw)
torch.cuda.synchronize()

secs = []
for _ in range(20):
    t0 = time.perf_counter()
    out = lm.generate(**prompt, **kw)
    torch.cuda.synchronize()
    secs.append(time.perf_counter() - t0)

mean = sum(secs) / len(secs)
print(tok.decode(out[0]))
print(f"{mean:.3f} s per generation, {mean / NEW * 1e3:.2f} ms per token")
