# mistakes: single-sample@18
import torch
from diffusers import UNet2DConditionModel

unet = UNet2DConditionModel.from_pretrained(
    "stabilityai/sd-turbo", subfolder="unet", torch_dtype=torch.float16
).to("cuda").eval()
lat = torch.randn(1, 4, 64, 64, dtype=torch.float16, device="cuda")
ctx = torch.randn(1, 77, 1024, dtype=torch.float16, device="cuda")
ts = torch.tensor([999], device="cuda")

with torch.no_grad():
    for _ in range(3):
        unet(lat, ts, encoder_hidden_states=ctx)

    e0 = torch.cuda.Event(enable_timing=True)
    e1 = torch.cuda.Event(enable_timing=True)
    e0.record()
    unet(lat, ts, encoder_hidden_states=ctx)
    e1.record()
    e1.synchronize()

print(f"one UNet step takes {e0.elapsed_time(e1):.1f} ms on {torch.cuda.get_device_name()}")
