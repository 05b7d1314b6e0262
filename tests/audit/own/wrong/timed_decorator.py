# mistakes: host-clock-without-sync@17
"""Quick latency report for our in-house classifier heads."""
import functools
import time

import torch
import torch.nn as nn

RECORDS = {}


def timed(fn):
    @functools.wraps(fn)
    def wrapper(*args, **kwargs):
        begin = time.perf_counter()
        result = fn(*args, **kwargs)
        took = time.perf_counter() - begin
        RECORDS.setdefault(fn.__name__, []).append(took)
        return result
    return wrapper


class Head(nn.Module):
    def __init__(self, width=1024, classes=100):
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Dropout(0.1), nn.Linear(4 * width, classes)
        )

    def forward(self, feats):
        return self.body(feats)


head = Head().cuda().eval()
feats = torch.randn(256, 1024, device="cuda")


@timed
@torch.inference_mode()
def classify(batch):
    return head(batch)


if __name__ == "__main__":
    for _ in range(20):
        classify(feats)
    RECORDS.clear()
    torch.cuda.synchronize()
    for _ in range(200):
        classify(feats)
    took = RECORDS["classify"]
    print(f"classify: {1e3 * sum(took) / len(took):.3f} ms over {len(took)} calls")
