# right: measures host-to-device bandwidth, the copy is what is timed
import torch


def h2d_bandwidth_gb_s(n_bytes: int, pinned: bool, copies: int = 20) -> float:
    src = torch.empty(n_bytes, dtype=torch.uint8, pin_memory=pinned)
    for _ in range(3):
        src.to("cuda", non_blocking=True)
    start = torch.cuda.Event(enable_timing=True)
    end = torch.cuda.Event(enable_timing=True)
    start.record()
    for _ in range(copies):
        src.to("cuda", non_blocking=True)
    end.record()
    end.synchronize()
    seconds = start.elapsed_time(end) / 1e3
    return copies * n_bytes / seconds / 1e9


for mb in (1, 16, 256):
    for pinned in (False, True):
        print(f"{mb:4d} MB pinned={pinned}: {h2d_bandwidth_gb_s(mb * 10**6, pinned):.2f} GB/s")
