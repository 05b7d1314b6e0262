# mistakes: compile-in-timing@22
import time
import torch
from torch import nn

net = nn.Sequential(*[nn.Sequential(nn.Linear(256, 256), nn.ReLU()) for _ in range(30)]).cuda()
net.eval()
static_in = torch.randn(1, 256, device="cuda")

with torch.no_grad():
    # warm up on a side stream as the docs say
    s = torch.cuda.Stream()
    s.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(s):
        for _ in range(3):
            net(static_in)
    torch.cuda.current_stream().wait_stream(s)
    torch.cuda.synchronize()

    g = torch.cuda.CUDAGraph()
    t0 = time.perf_counter()
    with torch.cuda.graph(g):
        static_out = net(static_in)
    for _ in range(100):
        g.replay()
    torch.cuda.synchronize()
    t1 = time.perf_counter()

print("latency with CUDA graph: %.1f us" % ((t1 - t0) / 100 * 1e6))
