# right: stop and start look swapped by name order but the earlier recorded event is the receiver
import torch
from torchvision.models import vgg11

v = vgg11().cuda().eval()
img = torch.randn(4, 3, 224, 224, device="cuda")

y = torch.cuda.Event(enable_timing=True)
x = torch.cuda.Event(enable_timing=True)

ms = 0.0
with torch.no_grad():
    for _ in range(8):
        v(img)
    for _ in range(64):
        y.record()
        v(img)
        x.record()
        x.synchronize()
        ms += y.elapsed_time(x)
print("vgg11: %.2f ms" % (ms / 64))
