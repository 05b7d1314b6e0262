# mistakes: event-not-synchronised@23
import torch
from torch import nn

side = torch.cuda.Stream()
proj = nn.Linear(4096, 4096, bias=False).cuda().half().eval()
act = torch.randn(256, 4096, device="cuda", dtype=torch.float16)
torch.cuda.synchronize()

first = torch.cuda.Event(enable_timing=True)
last = torch.cuda.Event(enable_timing=True)

with torch.no_grad(), torch.cuda.stream(side):
    for _ in range(20):
        proj(act)
    first.record()
    for _ in range(500):
        proj(act)
    last.record()

# both events are on the side stream
first.synchronize()
print("linear 4096x4096: %.4f ms" % (first.elapsed_time(last) / 500))
