# mistakes: compile-in-timing@38
import time
import torch
import torch.nn as nn


class Policy(nn.Module):
    def __init__(self, obs, act):
        super().__init__()
        self.pi = nn.Sequential(nn.Linear(obs, 256), nn.Tanh(), nn.Linear(256, 256), nn.Tanh(), nn.Linear(256, act))

    def forward(self, o):
        return self.pi(o)


class Graphed:
    def __init__(self, net, example):
        self.net = net
        self.static_in = example.clone()

    def warm(self):
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                self.net(self.static_in)
        torch.cuda.current_stream().wait_stream(side)
        torch.cuda.synchronize()


def main(steps=1000):
    policy = Policy(64, 8).cuda().eval()
    g = Graphed(policy, torch.randn(1, 64, device="cuda"))
    with torch.no_grad():
        g.warm()
        graph = torch.cuda.CUDAGraph()
        t0 = time.perf_counter_ns()
        with torch.cuda.graph(graph):
            g.static_out = policy(g.static_in)
        for _ in range(steps):
            graph.replay()
        torch.cuda.synchronize()
        t1 = time.perf_counter_ns()
    print(f"policy step: {(t1 - t0) / steps / 1e3:.1f} us")


main()
