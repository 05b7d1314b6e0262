# right: progress printed and result read only after the clock has stopped
import time

import torch

enc = torch.nn.GRU(256, 256, num_layers=4).cuda().eval()
seq = torch.rand(200, 16, 256, device="cuda")

with torch.no_grad():
    for _ in range(5):
        enc(seq)
    torch.cuda.synchronize()
    durations = []
    for i in range(30):
        t0 = time.perf_counter()
        out, _ = enc(seq)
        torch.cuda.synchronize()
        durations.append(time.perf_counter() - t0)
        norm = out.norm().item()
        print(f"[{i:02d}] {durations[-1] * 1e3:7.3f} ms  |out| = {norm:.3f}")

print(f"mean {sum(durations) / len(durations) * 1e3:.3f} ms")
