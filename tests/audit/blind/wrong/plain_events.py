# mistakes: event-without-timing@11
import torch
from torchvision.models import shufflenet_v2_x1_0

tiny = shufflenet_v2_x1_0(weights=None).eval().cuda()
patch = torch.rand(2, 3, 160, 160, device="cuda")

with torch.inference_mode():
    for _ in range(30):
        tiny(patch)
    ev1, ev2 = torch.cuda.Event(), torch.cuda.Event()
    ev1.record()
    for _ in range(200):
        tiny(patch)
    ev2.record()
    ev2.synchronize()
    per_call = ev1.elapsed_time(ev2) / 200

print(f"{per_call:.3f} ms")
