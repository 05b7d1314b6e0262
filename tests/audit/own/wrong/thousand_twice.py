# mistakes: unit-mix-up@24
import torch
import timm

model = timm.create_model("vit_small_patch16_224").cuda().eval()
sample = torch.randn(1, 3, 224, 224, device="cuda")
s, e = [torch.cuda.Event(enable_timing=True) for _ in "ab"]


def once():
    s.record()
    model(sample)
    e.record()
    torch.cuda.synchronize()
    return s.elapsed_time(e)


with torch.inference_mode():
    for _ in range(25):
        model(sample)
    lat = [once() for _ in range(250)]

avg = sum(lat) / len(lat)
print(f"Average inference time: {avg * 1000:.2f} ms")
