# right: .cpu() and print come after the stop clock
import time
import torch
from torchvision.models import resnet50

clf = resnet50(weights="DEFAULT").cuda().eval()
pics = [torch.rand(1, 3, 224, 224) for _ in range(60)]
got, ts = [], []

with torch.no_grad():
    for _ in range(10):
        clf(pics[0].cuda())
    for k, pic in enumerate(pics):
        pic = pic.cuda()
        torch.cuda.synchronize()
        t0 = time.perf_counter()
        logits = clf(pic)
        torch.cuda.synchronize()
        dt = time.perf_counter() - t0
        ts.append(dt)
        got.append(logits.argmax(1).cpu().item())
        print(f"{k:03d} class={got[-1]:4d} {dt * 1e3:.2f} ms")

print("mean", sum(ts) / len(ts) * 1e3, "ms")
