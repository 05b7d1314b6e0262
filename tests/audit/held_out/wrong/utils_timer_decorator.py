# mistakes: host-clock-without-sync@20
"""utils/timer.py -- little helpers shared by the eval scripts"""
import functools
import logging
from time import perf_counter as now

import torch
import torch.nn as nn

log = logging.getLogger(__name__)
RECORDS = {}


def timed(tag):
    def wrap(fn):
        @functools.wraps(fn)
        def inner(*a, **k):
            begin = now()
            res = fn(*a, **k)
            dt = now() - begin
            RECORDS.setdefault(tag, []).append(dt)
            return res
        return inner
    return wrap


class Head(nn.Module):
    def __init__(self, dim=768, classes=1000):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.fc = nn.Linear(dim, classes)

    def forward(self, z):
        return self.fc(self.norm(z))


head = Head().to("cuda").eval()
feats = torch.randn(64, 768, device="cuda")


@timed("head")
@torch.inference_mode()
def run_head():
    return head(feats)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    for _ in range(10):
        with torch.inference_mode():
            head(feats)
    torch.cuda.synchronize()
    for _ in range(200):
        run_head()
    vals = sorted(RECORDS["head"])
    log.info("median head time %.4f ms", vals[len(vals) // 2] * 1e3)
