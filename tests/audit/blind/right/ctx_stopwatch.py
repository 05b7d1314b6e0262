# right: context manager that synchronises on entry and on exit
import contextlib
import time

import torch


@contextlib.contextmanager
def cuda_clock(times):
    torch.cuda.synchronize()
    begin = time.monotonic()
    try:
        yield
    finally:
        torch.cuda.synchronize()
        times.append(time.monotonic() - begin)


vae_decoder = torch.nn.Sequential(
    torch.nn.ConvTranspose2d(4, 64, 4, 2, 1), torch.nn.SiLU(), torch.nn.Conv2d(64, 3, 3, 1, 1)
).cuda().eval()
latents = torch.randn(4, 4, 64, 64, device="cuda")
seconds = []

with torch.no_grad():
    for _ in range(5):
        vae_decoder(latents)
    for _ in range(60):
        with cuda_clock(seconds):
            vae_decoder(latents)

print(f"decode: {1000 * min(seconds):.2f} .. {1000 * max(seconds):.2f} ms")
