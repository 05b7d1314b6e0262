# right: a chain of events, read after one device synchronise
import torch
import torch.cuda as tc
import numpy as np
from torchvision.models import densenet169

net = densenet169().to("cuda")
net.eval()
pic = torch.randn(2, 3, 224, 224, device="cuda")
K = 100

marks = [tc.Event(enable_timing=True) for _ in range(K + 1)]
with torch.no_grad():
    for _ in range(10):
        net(pic)
    marks[0].record()
    for m in marks[1:]:
        net(pic)
        m.record()
tc.synchronize()

gaps = np.array([a.elapsed_time(b) for a, b in zip(marks[:-1], marks[1:])])
print("mean %.3f ms, std %.3f ms" % (gaps.mean(), gaps.std()))
