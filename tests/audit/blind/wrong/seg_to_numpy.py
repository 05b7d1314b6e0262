# mistakes: sync-in-timing@19
from time import perf_counter
import torch as tt
from torchvision.models.segmentation import fcn_resnet50

DEVICE = "cuda:0"
fcn = fcn_resnet50(weights=None, weights_backbone=None).to(DEVICE).eval()
rgb = tt.rand(4, 3, 480, 640, device=DEVICE)


def forward_seconds(n):
    acc = []
    with tt.no_grad():
        for _ in range(n):
            tt.cuda.synchronize()
            lap = perf_counter()
            logits = fcn(rgb)["out"]
            tt.cuda.synchronize()
            masks = logits.cpu().numpy()
            acc.append(perf_counter() - lap)
    assert masks.shape[0] == 4
    return acc


forward_seconds(8)  # warm-up, result thrown away
secs = forward_seconds(60)
print(f"GPU forward time of FCN: {sum(secs) / len(secs) * 1000:.1f} ms")
