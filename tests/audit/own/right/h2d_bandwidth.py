# right: the copy itself is what is measured, so the transfer belongs between the events
import torch

a, b = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)

for mb in (1, 16, 256):
    host = torch.empty(mb * 2 ** 20, dtype=torch.uint8, pin_memory=True)
    dev = torch.empty_like(host, device="cuda")
    for _ in range(3):
        dev.copy_(host, non_blocking=True)
    a.record()
    for _ in range(20):
        dev.copy_(host, non_blocking=True)
    b.record()
    b.synchronize()
    secs = a.elapsed_time(b) / 1e3 / 20
    print(f"H2D {mb:4d} MiB pinned: {mb / 1024 / secs:.2f} GiB/s")
