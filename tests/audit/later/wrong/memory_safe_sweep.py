# mistakes: empty-cache-in-timing@26
# sweep over resolutions, avoid OOM
import time
import torch
import torchvision

RES = [224, 320, 448, 640]
net = torchvision.models.resnet50(weights=None).cuda().to(memory_format=torch.channels_last)
net.eval()


def run_once(t):
    return net(t)


def sweep(bs, reps=40):
    rows = {}
    for r in RES:
        t = torch.randn(bs, 3, r, r, device="cuda").to(memory_format=torch.channels_last)
        for _ in range(8):
            run_once(t)
        torch.cuda.synchronize()
        tick = time.perf_counter()
        for _ in range(reps):
            run_once(t)
            torch.cuda.empty_cache()
        torch.cuda.synchronize()
        rows[r] = (time.perf_counter() - tick) / reps
        del t
    return rows


if __name__ == "__main__":
    with torch.no_grad():
        for bs in (1, 8):
            for r, s in sweep(bs).items():
                print(f"bs {bs} @ {r}px: {s * 1e3:.2f} ms")
