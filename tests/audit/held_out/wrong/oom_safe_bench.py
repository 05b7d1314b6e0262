# mistakes: empty-cache-in-timing@23
import gc
import time
import torch
import timm

NAMES = ["resnest50d", "tf_efficientnet_b4", "vit_base_patch16_224"]


def bench_one(name, bs=8, n=40):
    net = timm.create_model(name).cuda()
    net.train(False)
    size = net.default_cfg["input_size"]
    x = torch.randn(bs, *size, device="cuda")
    rec = []
    with torch.no_grad():
        for _ in range(10):
            net(x)
        torch.cuda.synchronize()
        for _ in range(n):
            t0 = time.perf_counter()
            y = net(x)
            torch.cuda.empty_cache()
            torch.cuda.synchronize()
            rec.append(time.perf_counter() - t0)
    del net, x, y
    gc.collect()
    torch.cuda.empty_cache()
    return sum(rec) / len(rec)


for nm in NAMES:
    print(f"{nm:30s}{bench_one(nm) * 1000:10.2f} ms")
