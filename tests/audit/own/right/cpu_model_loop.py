# right: the model and its input live on the CPU, so no synchronise is needed
import time
import torch
from torchvision.models import mobilenet_v3_small

torch.set_num_threads(4)
net = mobilenet_v3_small(weights="DEFAULT").eval()
pic = torch.randn(1, 3, 224, 224)

with torch.no_grad():
    for _ in range(5):
        net(pic)
    ms = []
    for _ in range(100):
        t0 = time.perf_counter()
        net(pic)
        ms.append((time.perf_counter() - t0) * 1000)

print("CPU latency: %.2f ms" % (sum(ms) / len(ms)))
