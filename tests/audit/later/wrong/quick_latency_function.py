# mistakes: no-warm-up@18; single-sample@18
"""README snippet: how fast is it?"""
import time

import torch
from torchvision.models import vit_b_16


def make(half):
    vit = vit_b_16(weights=None)
    vit = vit.half() if half else vit
    return vit.eval().cuda()


def latency_of(vit, picture):
    with torch.inference_mode():
        torch.cuda.synchronize()
        before = time.perf_counter()
        vit(picture)
        torch.cuda.synchronize()
        after = time.perf_counter()
    return after - before


def main():
    table = {}
    for half in (False, True):
        vit = make(half)
        picture = torch.rand(1, 3, 224, 224, device="cuda")
        if half:
            picture = picture.half()
        table["fp16" if half else "fp32"] = latency_of(vit, picture)
    for mode, sec in table.items():
        print(f"ViT-B/16 {mode} latency: {1000 * sec:.1f} ms")


main()
