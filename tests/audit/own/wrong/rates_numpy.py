# mistakes: mean-of-rates@22
import numpy as np
import torch
from torchvision.models.video import r3d_18

video_net = r3d_18().to("cuda").eval()
clip = torch.randn(1, 3, 16, 112, 112, device="cuda")
ms = np.zeros(150)

with torch.inference_mode():
    for _ in range(10):
        video_net(clip)
    a = torch.cuda.Event(enable_timing=True)
    b = torch.cuda.Event(enable_timing=True)
    for i in range(ms.size):
        a.record()
        video_net(clip)
        b.record()
        b.synchronize()
        ms[i] = a.elapsed_time(b)

fps = np.mean(1000.0 / ms)
print(f"r3d_18: {fps:.1f} clips per second")
