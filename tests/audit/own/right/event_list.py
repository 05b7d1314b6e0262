# right: all events are recorded first, then one synchronise, then every elapsed_time
import torch
from torchvision.models import resnet50

N = 200
net = resnet50().half().cuda().eval()
imgs = torch.randn(8, 3, 224, 224, device="cuda").half()
marks = [torch.cuda.Event(enable_timing=True) for _ in range(N + 1)]

with torch.no_grad():
    for _ in range(20):
        net(imgs)
    marks[0].record()
    for m in marks[1:]:
        net(imgs)
        m.record()
torch.cuda.synchronize()

ms = [a.elapsed_time(b) for a, b in zip(marks, marks[1:])]
print("mean %.3f  max %.3f ms" % (sum(ms) / N, max(ms)))
