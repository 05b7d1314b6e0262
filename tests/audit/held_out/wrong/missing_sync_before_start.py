# mistakes: host-clock-without-sync@25
# compare a few backbones, prints a markdown table
import time
import torch
from torchvision import models

torch.backends.cudnn.benchmark = True
ZOO = {
    "mobilenet_v2": models.mobilenet_v2,
    "shufflenet": models.shufflenet_v2_x1_0,
    "efficientnet_b0": models.efficientnet_b0,
}

dev = torch.device("cuda:0")
inp = torch.randn(32, 3, 224, 224, device=dev)
print("| name | ms / batch |")
print("|------|-----------|")

for nm, ctor in ZOO.items():
    m = ctor(weights=None).to(dev)
    m.eval()
    with torch.inference_mode():
        for _ in range(50):
            m(inp)
        start = time.perf_counter()
        for _ in range(100):
            m(inp)
        torch.cuda.synchronize()
        elapsed = time.perf_counter() - start
    print(f"| {nm} | {elapsed / 100 * 1e3:.2f} |")
