# right: decoding throughput with one sync per window and the true batch size
import time

import torch
from transformers import AutoModelForCausalLM

llm = AutoModelForCausalLM.from_pretrained("facebook/opt-350m", torch_dtype=torch.float16)
llm = llm.to("cuda").eval()


@torch.inference_mode()
def generate(ids, n_new):
    cache, token = None, ids
    for _ in range(n_new):
        step = llm(token, past_key_values=cache, use_cache=True)
        cache = step.past_key_values
        token = step.logits[:, -1:].argmax(-1)
    return token


prompts = torch.randint(10, 50000, (8, 128), device="cuda")
generate(prompts, 16)
generate(prompts, 16)
torch.cuda.synchronize()

N_NEW, ROUNDS = 200, 4
t0 = time.perf_counter()
for _ in range(ROUNDS):
    generate(prompts, N_NEW)
torch.cuda.synchronize()
dt = time.perf_counter() - t0
print(f"{ROUNDS * N_NEW * prompts.size(0) / dt:.0f} new tokens/s at batch {prompts.size(0)}")
