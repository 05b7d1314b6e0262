# mistakes: compile-in-timing@21
import time
import torch
from torchvision.models import resnet18

static_net = resnet18().cuda().eval()
static_in = torch.randn(1, 3, 224, 224, device="cuda")

with torch.no_grad():
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(5):
            static_net(static_in)
    torch.cuda.current_stream().wait_stream(side)
    torch.cuda.synchronize()

    n = 100
    t0 = time.perf_counter()
    g = torch.cuda.CUDAGraph()
    with torch.cuda.graph(g):
        static_out = static_net(static_in)
    for _ in range(n):
        g.replay()
    torch.cuda.synchronize()
    t1 = time.perf_counter()

print("graphed latency: %.3f ms" % ((t1 - t0) / n * 1e3))
