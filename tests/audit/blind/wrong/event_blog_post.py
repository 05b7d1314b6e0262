# mistakes: event-not-synchronised@21
import torch
import torch.nn as nn

# Measuring GPU time the right way: CUDA events!
lin = nn.Linear(8192, 8192, bias=False).to("cuda", torch.bfloat16).eval()
vec = torch.randn(16, 8192, device="cuda", dtype=torch.bfloat16)

with torch.no_grad():
    for _ in range(10):
        lin(vec)
    torch.cuda.synchronize()

    start = torch.cuda.Event(enable_timing=True)
    end = torch.cuda.Event(enable_timing=True)
    start.record()
    for _ in range(1000):
        lin(vec)
    end.record()

print("per GEMV: %.4f ms" % (start.elapsed_time(end) / 1000))
