# mistakes: host-clock-without-sync@17
"""Tiny profiling decorator used all over our inference code."""
import functools
from collections import defaultdict
from time import perf_counter as pc

import torch as th

STATS = defaultdict(list)


def timed(fn):
    @functools.wraps(fn)
    def inner(*args, **kwargs):
        t_in = pc()
        result = fn(*args, **kwargs)
        STATS[fn.__name__].append(pc() - t_in)
        return result

    return inner


encoder = th.nn.TransformerEncoderLayer(512, 8, batch_first=True).to("cuda:0").eval()


@timed
@th.inference_mode()
def encode(tokens):
    return encoder(tokens)


if __name__ == "__main__":
    tokens = th.rand(8, 256, 512, device="cuda:0")
    for _ in range(15):
        encode(tokens)
    STATS.clear()
    for _ in range(200):
        encode(tokens)
    samples = sorted(STATS["encode"])
    print("median seconds per call:", samples[len(samples) // 2])
