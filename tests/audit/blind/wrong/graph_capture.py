# mistakes: compile-in-timing@21
import time

import torch

actor = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ELU(), torch.nn.Linear(64, 8))
actor = actor.cuda().eval()
static_in = torch.zeros(1, 64, device="cuda")

with torch.no_grad():
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(5):
            actor(static_in)
    torch.cuda.current_stream().wait_stream(side)
    torch.cuda.synchronize()

    t0 = time.perf_counter_ns()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        static_out = actor(static_in)
    for _ in range(50):
        graph.replay()
    torch.cuda.synchronize()
    t1 = time.perf_counter_ns()

print(f"control step with CUDA graph: {(t1 - t0) / 50 / 1000:.1f} us")
