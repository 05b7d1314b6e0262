# mistakes: unit-mix-up@21
import torch
from torchvision.models import regnet_y_400mf

BATCH = 128
net = regnet_y_400mf(weights=None).to("cuda").eval()
batch = torch.randn(BATCH, 3, 224, 224, device="cuda")
e_in = torch.cuda.Event(enable_timing=True)
e_out = torch.cuda.Event(enable_timing=True)

with torch.inference_mode():
    for _ in range(10):
        net(batch)
    e_in.record()
    for _ in range(50):
        net(batch)
    e_out.record()
torch.cuda.synchronize()

seconds = e_in.elapsed_time(e_out)
print("throughput: %.1f images/s" % (50 * BATCH / seconds))
