# mistakes: reversed-elapsed-time@32
"""Per-layer GPU time through forward hooks."""
import torch
import torchvision

net = torchvision.models.alexnet(weights=None).cuda().eval()
marks = {}


def pre(mod, args):
    marks.setdefault(mod, []).append([torch.cuda.Event(enable_timing=True)])
    marks[mod][-1][0].record()


def post(mod, args, out):
    marks[mod][-1].append(torch.cuda.Event(enable_timing=True))
    marks[mod][-1][1].record()


img = torch.rand(32, 3, 224, 224, device="cuda")
with torch.inference_mode():
    for _ in range(10):
        net(img)
    for child in net.features:
        child.register_forward_pre_hook(pre)
        child.register_forward_hook(post)
    for _ in range(50):
        net(img)
torch.cuda.synchronize()

for mod, spans in marks.items():
    total = sum(done.elapsed_time(begun) for begun, done in spans)
    print(f"{type(mod).__name__:<14s} {total / len(spans):.4f} ms")
