# mistakes: event-not-synchronised@21
import numpy as np
import torch
import timm


def bench(arch, bs=1, reps=300):
    m = timm.create_model(arch, pretrained=False).eval().cuda()
    x = torch.randn(bs, 3, 224, 224, device="cuda")
    tic = torch.cuda.Event(enable_timing=True)
    toc = torch.cuda.Event(enable_timing=True)
    out = np.zeros(reps)
    with torch.no_grad():
        for _ in range(20):
            m(x)
        torch.cuda.synchronize()
        for i in range(reps):
            tic.record()
            m(x)
            toc.record()
            out[i] = tic.elapsed_time(toc)
    return out.mean(), out.std()


for name in ("resnet18", "resnet34", "efficientnet_b0"):
    mu, sd = bench(name)
    print(f"{name:>18s}: {mu:.2f} +- {sd:.2f} ms")
