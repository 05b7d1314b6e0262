# mistakes: single-sample@19
import time
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

name = "gpt2-medium"
tokenizer = AutoTokenizer.from_pretrained(name)
lm = AutoModelForCausalLM.from_pretrained(name, torch_dtype=torch.float16).to("cuda")
lm.eval()

prompt = "In a shocking finding, scientists discovered"
batch = tokenizer(prompt, return_tensors="pt").to("cuda")
kw = dict(max_new_tokens=128, do_sample=False, pad_token_id=tokenizer.eos_token_id)

with torch.inference_mode():
    lm.generate(**batch, **kw)  # warmup

    torch.cuda.synchronize()
    tik = time.perf_counter()
    ids = lm.generate(**batch, **kw)
    torch.cuda.synchronize()
    tok = time.perf_counter()

new = ids.shape[1] - batch["input_ids"].shape[1]
print(f"generated {new} tokens, {new / (tok - tik):.1f} tok/s")
print(tokenizer.decode(ids[0], skip_special_tokens=True))
