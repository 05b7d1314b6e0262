# right: disk throughput; torch only writes host tensors
import os
import tempfile
import time

import torch

state = {f"layer{i}.weight": torch.zeros(1024, 1024) for i in range(64)}
size_mb = sum(t.numel() * t.element_size() for t in state.values()) / 2 ** 20

with tempfile.TemporaryDirectory() as d:
    path = os.path.join(d, "ckpt.pt")
    t0 = time.perf_counter()
    torch.save(state, path)
    with open(path, "rb") as fh:
        os.fsync(fh.fileno())
    t1 = time.perf_counter()
    torch.load(path, map_location="cpu")
    t2 = time.perf_counter()

print(f"save {size_mb / (t1 - t0):.0f} MB/s, load {size_mb / (t2 - t1):.0f} MB/s")
