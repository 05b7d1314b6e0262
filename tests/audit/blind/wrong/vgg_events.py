# mistakes: no-eval@19
import numpy as np
import torch
from torchvision.models import vgg16_bn

vgg = vgg16_bn(weights="IMAGENET1K_V1")
vgg.to("cuda")
sample = torch.randn(1, 3, 224, 224, device="cuda")
starter = torch.cuda.Event(enable_timing=True)
ender = torch.cuda.Event(enable_timing=True)
REPS = 300
log = np.zeros((REPS, 1))

with torch.no_grad():
    for _ in range(10):
        vgg(sample)
    for r in range(REPS):
        starter.record()
        vgg(sample)
        ender.record()
        torch.cuda.synchronize()
        log[r] = starter.elapsed_time(ender)

print("mean %.3f ms, std %.3f ms" % (log.mean(), log.std()))
