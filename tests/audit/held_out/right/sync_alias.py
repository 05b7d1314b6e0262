# right: synchronize is called through an alias, before start and before stop
import time
import torch
import torchvision.models as tvm

sync = torch.cuda.synchronize
r50 = tvm.resnet50().cuda().eval()
x = torch.randn(8, 3, 224, 224, device="cuda")

with torch.no_grad():
    for _ in range(20):
        r50(x)
    sync()
    t0 = time.time()
    for _ in range(200):
        r50(x)
    sync()
    t1 = time.time()

print("resnet50: %.2f ms/batch, %.0f img/s" % ((t1 - t0) / 200 * 1e3, 200 * 8 / (t1 - t0)))
