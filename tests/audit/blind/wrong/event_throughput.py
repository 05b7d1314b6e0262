# mistakes: unit-mix-up@21
import torch
from torchvision.models import resnet18

BATCH = 200
net = resnet18(weights=None).half().cuda().eval()
batch = torch.rand(BATCH, 3, 224, 224, device="cuda", dtype=torch.half)
opening = torch.cuda.Event(enable_timing=True)
closing = torch.cuda.Event(enable_timing=True)

with torch.inference_mode():
    for _ in range(10):
        net(batch)
    opening.record()
    for _ in range(64):
        net(batch)
    closing.record()
    torch.cuda.synchronize()

total = opening.elapsed_time(closing)
print(f"ResNet-18 fp16: {64 * BATCH / total:.0f} images per second")
