# mistakes: no-warm-up@15; host-clock-without-sync@18
import datetime as dt
import torch
from torchvision.models import resnet152

server_model = resnet152(weights=None).cuda().eval()
request = torch.rand(1, 3, 224, 224, device="cuda")


def infer():
    with torch.inference_mode():
        return server_model(request)


t_from = dt.datetime.now()
for _ in range(25):
    infer()
t_to = dt.datetime.now()
print(f"25 requests served, {(t_to - t_from).total_seconds() / 25 * 1e3:.2f} ms each")
