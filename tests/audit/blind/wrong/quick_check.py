# mistakes: no-eval@16; no-no-grad@16
import time
import torch
import timm

m = timm.create_model("resnest50d", pretrained=False).cuda()
data = torch.randn(8, 3, 224, 224, device="cuda")

for _ in range(10):
    m(data)

runs = []
for _ in range(50):
    torch.cuda.synchronize()
    t1 = time.perf_counter()
    m(data)
    torch.cuda.synchronize()
    t2 = time.perf_counter()
    runs.append(t2 - t1)
runs.sort()
print("inference: median {:.2f} ms".format(runs[25] * 1000))
