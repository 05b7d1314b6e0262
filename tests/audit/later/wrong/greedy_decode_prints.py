# mistakes: sync-in-timing@32; print-in-timing@33
import time

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

tok = AutoTokenizer.from_pretrained("gpt2")
lm = AutoModelForCausalLM.from_pretrained("gpt2", torch_dtype=torch.float16).to("cuda").eval()


def prefill(ids):
    out = lm(ids, use_cache=True)
    return out.past_key_values, out.logits[:, -1:].argmax(-1)


def decode(nxt, cache, n, verbose=False):
    for _ in range(n):
        out = lm(nxt, past_key_values=cache, use_cache=True)
        cache = out.past_key_values
        nxt = out.logits[:, -1:].argmax(-1)
    return nxt


def tokens_per_second(ids, n_new=512):
    cache, nxt = prefill(ids)
    torch.cuda.synchronize()
    t0 = time.perf_counter()
    for step in range(n_new):
        out = lm(nxt, past_key_values=cache, use_cache=True)
        cache = out.past_key_values
        nxt = out.logits[:, -1:].argmax(-1)
        token = nxt.item()
        print(tok.decode(token), end="", flush=True)
    torch.cuda.synchronize()
    spent = time.perf_counter() - t0
    return n_new / spent


with torch.inference_mode():
    prompt = tok("Once upon a time", return_tensors="pt").input_ids.cuda()
    cache, first = prefill(prompt)
    decode(first, cache, 32)
    tps = tokens_per_second(prompt)
print(f"\n{tps:.1f} tokens/s")
