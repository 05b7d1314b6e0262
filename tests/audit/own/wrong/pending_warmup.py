# mistakes: host-clock-without-sync@19
import time
import torch
import timm

dev = "cuda:0"
backbone = timm.create_model("convnext_tiny", pretrained=False).to(dev)
backbone.eval()
imgs = torch.randn(64, 3, 224, 224, device=dev)

WARM, N = 50, 100


@torch.no_grad()
def throughput():
    for _ in range(WARM):
        backbone(imgs)

    t_start = time.perf_counter()
    for _ in range(N):
        backbone(imgs)
    torch.cuda.synchronize()
    t_stop = time.perf_counter()
    return N * imgs.shape[0] / (t_stop - t_start)


print(f"{throughput():.1f} img/s")
