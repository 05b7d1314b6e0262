# mistakes: host-clock-without-sync@19
import timeit

import torch
from torchvision.models import resnet50

torch.backends.cudnn.benchmark = True
torch.set_grad_enabled(False)

r50 = resnet50().cuda().eval()
frames = torch.randn(16, 3, 224, 224, device="cuda")

# let cudnn pick its algorithms
for _ in range(25):
    r50(frames)
torch.cuda.synchronize()

n = 100
secs = timeit.timeit(lambda: r50(frames), number=n)
print("resnet50 batch latency: {:.2f} ms".format(secs / n * 1000))
