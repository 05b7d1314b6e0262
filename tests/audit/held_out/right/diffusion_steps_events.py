# right: events around every denoising step, read after the loop and a synchronise
import torch
from diffusers import UNet2DModel, DDIMScheduler

unet = UNet2DModel(sample_size=64, in_channels=3, out_channels=3).to("cuda", torch.float16)
unet.eval()
sched = DDIMScheduler(num_train_timesteps=1000)
sched.set_timesteps(50, device="cuda")

img = torch.randn(4, 3, 64, 64, device="cuda", dtype=torch.float16)
evs = []

with torch.inference_mode():
    for t in sched.timesteps[:5]:
        unet(img, t)  # warm-up

    for t in sched.timesteps:
        a, b = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        a.record()
        eps = unet(img, t).sample
        b.record()
        evs.append((a, b))
        img = sched.step(eps, t, img).prev_sample

torch.cuda.synchronize()
step_ms = [a.elapsed_time(b) for a, b in evs]
print(f"unet: {sum(step_ms) / len(step_ms):.2f} ms/step, {sum(step_ms) / 1000:.2f} s in all steps")
