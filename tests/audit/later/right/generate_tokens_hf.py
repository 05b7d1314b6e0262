# right: from_pretrained returns eval mode, generate() runs without gradients, and a short generation warms up
import argparse
import time

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer


def load(name, dtype):
    tok = AutoTokenizer.from_pretrained(name)
    lm = AutoModelForCausalLM.from_pretrained(name, torch_dtype=dtype)
    return tok, lm.to("cuda")


def fixed_generate(lm, enc, n):
    return lm.generate(**enc, min_new_tokens=n, max_new_tokens=n, do_sample=False, pad_token_id=lm.config.eos_token_id)


def rate(lm, enc, n, rounds):
    fixed_generate(lm, enc, n)
    torch.cuda.synchronize()
    t = time.perf_counter()
    for _ in range(rounds):
        fixed_generate(lm, enc, n)
    torch.cuda.synchronize()
    spent = time.perf_counter() - t
    return rounds * n * enc["input_ids"].shape[0] / spent


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--name", default="facebook/opt-125m")
    ap.add_argument("--new", type=int, default=64)
    ap.add_argument("--rounds", type=int, default=10)
    o = ap.parse_args()
    tok, lm = load(o.name, torch.float16)
    for k in (1, 4):
        enc = tok(["Paris is the"] * k, return_tensors="pt").to("cuda")
        print(f"batch {k}: {rate(lm, enc, o.new, o.rounds):.1f} tokens/s")


if __name__ == "__main__":
    main()
