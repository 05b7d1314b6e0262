# mistakes: host-clock-without-sync@32
import time

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

name = "gpt2"
tok = AutoTokenizer.from_pretrained(name)
lm = AutoModelForCausalLM.from_pretrained(name, torch_dtype=torch.float16).to("cuda").eval()


@torch.inference_mode()
def decode(ids, steps):
    past = None
    cur = ids
    for _ in range(steps):
        out = lm(cur, past_key_values=past, use_cache=True)
        past = out.past_key_values
        cur = out.logits[:, -1].argmax(-1, keepdim=True)
    return cur


prompt = tok("Once upon a time", return_tensors="pt").input_ids.to("cuda")
decode(prompt, 32)  # warm-up
decode(prompt, 32)
torch.cuda.synchronize()

STEPS, RUNS = 256, 8
started = time.monotonic()
for _ in range(RUNS):
    decode(prompt, STEPS)
took = time.monotonic() - started
print(f"{prompt.shape[0] * STEPS * RUNS / took:.1f} tokens/s")
