# right: monotonic_ns divided by 1e6 gives ms; synchronised at both ends
import time
import torch
from torchvision.models.segmentation import fcn_resnet50

seg = fcn_resnet50(weights=None, weights_backbone=None).cuda().eval()
street = torch.rand(1, 3, 512, 1024, device="cuda")
reps = 60

with torch.no_grad():
    for _ in range(6):
        seg(street)
    torch.cuda.synchronize()
    t0 = time.monotonic_ns()
    for _ in range(reps):
        seg(street)["out"]
    torch.cuda.synchronize()
    t1 = time.monotonic_ns()

print(f"FCN: {(t1 - t0) / reps / 1e6:.2f} ms per frame, {reps / ((t1 - t0) / 1e9):.1f} fps")
