# right: tracing, freezing and the profiling runs come before the clock; the clock is datetime with a synchronise
# notebook export
# In[1]:
from datetime import datetime

import torch
import torchvision
from torch import nn


# In[2]:
class Head(nn.Module):
    def __init__(self, backbone, c, a=9):
        super().__init__()
        self.backbone = backbone
        self.cls = nn.Conv2d(c, a * 4, 3, padding=1)
        self.box = nn.Conv2d(c, a * 4, 3, padding=1)

    def forward(self, x):
        f = self.backbone(x)
        return self.cls(f), self.box(f)


det = Head(torchvision.models.mobilenet_v2(weights=None).features, 1280).cuda().eval()

# In[3]:
scene = torch.rand(4, 3, 320, 320, device="cuda")
with torch.no_grad():
    fast = torch.jit.freeze(torch.jit.trace(det, scene))
    for _ in range(20):
        fast(scene)
        det(scene)

# In[4]:
def average(f, n=200):
    torch.cuda.synchronize()
    began = datetime.now()
    with torch.no_grad():
        for _ in range(n):
            f(scene)
        torch.cuda.synchronize()
    return (datetime.now() - began).total_seconds() / n


# In[5]:
pair = {"eager": average(det), "frozen": average(fast)}
for k, s in pair.items():
    print(f"{k}: {s * 1e3:.3f} ms")
print("gain: %.2fx" % (pair["eager"] / pair["frozen"]))
