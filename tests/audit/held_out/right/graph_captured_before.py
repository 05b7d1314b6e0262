# right: CUDA graph is captured and replayed before the clock starts
import time
import torch
from torch import nn

mlp = nn.Sequential(nn.Linear(512, 512), nn.Tanh(), nn.Linear(512, 512), nn.Tanh(), nn.Linear(512, 8))
mlp.cuda().eval()
buf = torch.zeros(4, 512, device="cuda")

with torch.no_grad():
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(5):
            mlp(buf)
    torch.cuda.current_stream().wait_stream(side)

    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        res = mlp(buf)

for _ in range(10):
    graph.replay()
torch.cuda.synchronize()

begin = time.perf_counter()
for _ in range(1000):
    graph.replay()
torch.cuda.synchronize()
took = time.perf_counter() - begin
print(f"graph replay {took * 1e6 / 1000:.1f} us")
