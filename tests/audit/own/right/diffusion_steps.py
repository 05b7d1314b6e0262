# right: a denoising loop of 50 steps under inference_mode, timed with events over many images
import torch
from diffusers import DDIMScheduler, UNet2DModel

unet = UNet2DModel.from_pretrained("google/ddpm-cifar10-32").to("cuda").eval()
sched = DDIMScheduler(num_train_timesteps=1000)
sched.set_timesteps(50, device="cuda")


@torch.inference_mode()
def sample(noise):
    for t in sched.timesteps:
        eps = unet(noise, t).sample
        noise = sched.step(eps, t, noise).prev_sample
    return noise


start = torch.cuda.Event(enable_timing=True)
stop = torch.cuda.Event(enable_timing=True)
noise = torch.randn(4, 3, 32, 32, device="cuda")
for _ in range(2):
    sample(noise)

times = []
for _ in range(25):
    start.record()
    sample(noise)
    stop.record()
    stop.synchronize()
    times.append(start.elapsed_time(stop))
print(f"{sum(times) / len(times) / 1000:.2f} s for 4 images, 50 steps")
