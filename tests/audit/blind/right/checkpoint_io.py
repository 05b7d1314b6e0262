# right: times file IO of a checkpoint, not a GPU call
import os
import tempfile
import time

import torch

state = torch.nn.Linear(4096, 4096).state_dict()

with tempfile.TemporaryDirectory() as folder:
    target = os.path.join(folder, "ckpt.pt")
    t0 = time.perf_counter()
    torch.save(state, target)
    t1 = time.perf_counter()
    torch.load(target, map_location="cpu", weights_only=True)
    t2 = time.perf_counter()
    size_mb = os.path.getsize(target) / 2**20

print(f"{size_mb:.0f} MiB: saved in {t1 - t0:.2f} s, loaded in {t2 - t1:.2f} s")
