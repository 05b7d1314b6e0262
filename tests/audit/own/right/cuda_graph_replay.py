# right: capture is done before the clock starts; only replays are timed
import time
import torch
from torchvision.models import resnet18

net = resnet18().cuda().eval()
buf = torch.randn(1, 3, 224, 224, device="cuda")
torch.set_grad_enabled(False)

s = torch.cuda.Stream()
s.wait_stream(torch.cuda.current_stream())
with torch.cuda.stream(s):
    for _ in range(3):
        net(buf)
torch.cuda.current_stream().wait_stream(s)

graph = torch.cuda.CUDAGraph()
with torch.cuda.graph(graph):
    res = net(buf)

for _ in range(10):
    graph.replay()
torch.cuda.synchronize()
n = 1000
t0 = time.perf_counter()
for _ in range(n):
    graph.replay()
torch.cuda.synchronize()
print(f"replay: {(time.perf_counter() - t0) / n * 1e6:.1f} us")
