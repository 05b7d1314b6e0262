# mistakes: reversed-elapsed-time@38
import collections
import torch
from torch import nn
from torchvision.models import resnet34

net = resnet34().cuda().eval()
pairs = collections.defaultdict(list)


def install(name, mod):
    def pre(_m, _inp):
        ev = torch.cuda.Event(enable_timing=True)
        ev.record()
        pairs[name].append([ev])

    def post(_m, _inp, _out):
        ev = torch.cuda.Event(enable_timing=True)
        ev.record()
        pairs[name][-1].append(ev)

    mod.register_forward_pre_hook(pre)
    mod.register_forward_hook(post)


frame = torch.randn(1, 3, 224, 224, device="cuda")
with torch.no_grad():
    for _ in range(10):
        net(frame)
    for name, child in net.named_children():
        if isinstance(child, nn.Sequential):
            install(name, child)
    for _ in range(50):
        net(frame)

torch.cuda.synchronize()
for name, lst in pairs.items():
    per = [after.elapsed_time(before) for before, after in lst]
    print(f"{name:10s} {abs(sum(per)) / len(per):.3f} ms")
