# mistakes: event-not-synchronised@22
import statistics
import torch
from torchvision import models

googlenet = models.googlenet(weights=None, aux_logits=False, init_weights=False).cuda()
googlenet.eval()
im = torch.rand(8, 3, 224, 224, device="cuda")


def measure(fn, n=100, warm=10):
    for _ in range(warm):
        fn()
    torch.cuda.synchronize()
    out = []
    for _ in range(n):
        e0 = torch.cuda.Event(enable_timing=True)
        e1 = torch.cuda.Event(enable_timing=True)
        e0.record()
        fn()
        e1.record()
        out.append(e0.elapsed_time(e1))
    return out


with torch.no_grad():
    r = measure(lambda: googlenet(im))
print("median", statistics.median(r), "ms")
print("p99", sorted(r)[98], "ms")
