# right: per layer events through hooks, one synchronise before reading
from collections import defaultdict

import torch
from torchvision.models import resnet50

net = resnet50().cuda().eval()
open_ev, done = {}, defaultdict(list)


def before(key):
    def hook(*_):
        open_ev[key] = torch.cuda.Event(enable_timing=True)
        open_ev[key].record()
    return hook


def after(key):
    def hook(*_):
        z = torch.cuda.Event(enable_timing=True)
        z.record()
        done[key].append((open_ev.pop(key), z))
    return hook


for key, m in net.named_children():
    m.register_forward_pre_hook(before(key))
    m.register_forward_hook(after(key))

x = torch.randn(16, 3, 224, 224, device="cuda")
with torch.no_grad():
    for _ in range(10):
        net(x)
    done.clear()
    for _ in range(50):
        net(x)
torch.cuda.synchronize()

for key, prs in done.items():
    print(f"{key:10s}{sum(p.elapsed_time(q) for p, q in prs) / len(prs):8.3f} ms")
