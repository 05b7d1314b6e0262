# mistakes: empty-cache-in-timing@18
import time
import torch
import timm


@torch.no_grad()
def latency(arch: str, reps: int = 100) -> float:
    net = timm.create_model(arch, pretrained=False, num_classes=10)
    net.cuda().eval()
    x = torch.randn(2, 3, 256, 256, device="cuda")
    for _ in range(10):
        net(x)
    torch.cuda.synchronize()
    t0 = time.perf_counter()
    for _ in range(reps):
        net(x)
        torch.cuda.empty_cache()
    torch.cuda.synchronize()
    return (time.perf_counter() - t0) / reps


if __name__ == "__main__":
    for arch in ["resnet50d", "mobilenetv2_100"]:
        print(arch, round(latency(arch) * 1e3, 3), "ms")
