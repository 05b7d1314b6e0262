# mistakes: sync-per-call-throughput@19
import time
import torch
from torchvision.models import mobilenet_v2

BS = 8
mb = mobilenet_v2().cuda().eval()
x = torch.randn(BS, 3, 224, 224, device="cuda")
STEPS = 500

with torch.no_grad():
    for _ in range(20):
        mb(x)
    torch.cuda.synchronize()

    t0 = time.perf_counter()
    for _ in range(STEPS):
        mb(x)
        torch.cuda.synchronize()
    t1 = time.perf_counter()

print("max throughput: %.1f img/s" % (STEPS * BS / (t1 - t0)))
