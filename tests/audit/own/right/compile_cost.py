# right: the cost of compiling is what is reported, under that name, apart from the latency
import time
import torch
from torchvision.models import resnet18

net = resnet18().cuda().eval()
img = torch.randn(1, 3, 224, 224, device="cuda")


def settle():
    torch.cuda.synchronize()
    return time.perf_counter()


with torch.no_grad():
    for _ in range(10):
        net(img)
    t0 = settle()
    fast = torch.compile(net)
    fast(img)
    compile_s = settle() - t0

    for _ in range(10):
        fast(img)
    t0 = settle()
    for _ in range(500):
        fast(img)
    steady_ms = (settle() - t0) / 500 * 1e3

print(f"compile time {compile_s:.1f} s; steady-state latency {steady_ms:.3f} ms")
