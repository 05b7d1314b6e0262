# mistakes: no-eval@21; no-no-grad@21
import torch
from torchvision import models

zoo = {
    "alexnet": models.alexnet,
    "googlenet": lambda: models.googlenet(init_weights=False, aux_logits=False),
    "shufflenet": models.shufflenet_v2_x1_0,
}
data = torch.randn(16, 3, 224, 224, device="cuda")
table = {}

for key, ctor in zoo.items():
    candidate = ctor().cuda()
    for _ in range(10):
        candidate(data)
    left = torch.cuda.Event(enable_timing=True)
    right = torch.cuda.Event(enable_timing=True)
    left.record()
    for _ in range(100):
        candidate(data)
    right.record()
    right.synchronize()
    table[key] = left.elapsed_time(right) / 100

for key, val in sorted(table.items(), key=lambda kv: kv[1]):
    print(f"{key:12s} {val:8.3f} ms")
