# mistakes: sync-in-timing@19
import time

import torch
from transformers import AutoModelForCausalLM

lm = AutoModelForCausalLM.from_pretrained("EleutherAI/pythia-410m").cuda().eval()


@torch.inference_mode()
def raw_decode_speed(seed_ids, n_new):
    generated, kv, step_in = [], None, seed_ids
    torch.cuda.synchronize()
    t0 = time.perf_counter()
    for _ in range(n_new):
        out = lm(step_in, past_key_values=kv, use_cache=True)
        kv = out.past_key_values
        step_in = out.logits[:, -1:].argmax(-1)
        generated.append(step_in.tolist())
    torch.cuda.synchronize()
    dt = time.perf_counter() - t0
    return n_new / dt, generated


seed_ids = torch.randint(0, 50000, (1, 64), device="cuda")
for _ in range(3):
    raw_decode_speed(seed_ids, 16)
speeds = [raw_decode_speed(seed_ids, 128)[0] for _ in range(5)]
print("tokens/s over five runs:", sorted(speeds))
