# right: capture happens before the clock; only replays are timed, with one synchronise at each end
import time

import torch
from torch import nn


class Captured:
    def __init__(self, net, like):
        self.src = torch.zeros_like(like)
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(5):
                net(self.src)
        torch.cuda.current_stream().wait_stream(side)
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            self.dst = net(self.src)

    def __call__(self, x):
        self.src.copy_(x)
        self.graph.replay()
        return self.dst


def per_call(fn, x, n):
    for _ in range(20):
        fn(x)
    torch.cuda.synchronize()
    t = time.perf_counter_ns()
    for _ in range(n):
        fn(x)
    torch.cuda.synchronize()
    return (time.perf_counter_ns() - t) / n


with torch.no_grad():
    critic = nn.Sequential(nn.Linear(80, 512), nn.ELU(), nn.Linear(512, 512), nn.ELU(), nn.Linear(512, 1)).cuda()
    critic.eval()
    obs = torch.randn(32, 80, device="cuda")
    graphed = Captured(critic, obs)
    for tag, f in {"eager": critic, "graph": graphed}.items():
        ns = per_call(f, obs, 2000)
        print(f"{tag}: {ns / 1e3:.1f} us = {ns / 1e6:.4f} ms")
