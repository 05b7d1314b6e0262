# mistakes: host-clock-without-sync@23
from time import perf_counter as now

import torch as tr
import torch.cuda as tc
from transformers import ViTModel

vit = ViTModel.from_pretrained("google/vit-base-patch16-224-in21k")
vit = vit.half().to("cuda").eval()
pixels = tr.randn(8, 3, 224, 224, dtype=tr.float16, device="cuda")

with tr.inference_mode():
    i = 0
    while i < 15:
        vit(pixel_values=pixels)
        i += 1
    tc.synchronize()

    samples = []
    while len(samples) < 200:
        a = now()
        vit(pixel_values=pixels)
        b = now()
        tc.synchronize()
        samples.append(b - a)

print("ViT-B/16 fp16:", 1e3 * sum(samples) / len(samples), "ms per batch of", pixels.size(0))
