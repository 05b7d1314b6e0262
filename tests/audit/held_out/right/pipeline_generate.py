# right: from_pretrained is already in eval mode and generate() runs without gradients by itself
import time
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

repo = "facebook/opt-350m"
tk = AutoTokenizer.from_pretrained(repo)
opt = AutoModelForCausalLM.from_pretrained(repo, torch_dtype=torch.float16).cuda()

inputs = tk("Once upon a time", return_tensors="pt").to("cuda")
gen_kw = dict(min_new_tokens=64, max_new_tokens=64, do_sample=False)

for _ in range(3):
    opt.generate(**inputs, **gen_kw)

secs = []
for _ in range(15):
    torch.cuda.synchronize()
    t0 = time.perf_counter()
    opt.generate(**inputs, **gen_kw)
    torch.cuda.synchronize()
    secs.append(time.perf_counter() - t0)

print("64 new tokens, per request: %.0f ms" % (1000 * sum(secs) / len(secs)))
