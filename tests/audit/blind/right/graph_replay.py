# right: CUDA graph captured first, only the replays are timed
import torch

net = torch.nn.Sequential(torch.nn.Linear(256, 256), torch.nn.ReLU(), torch.nn.Linear(256, 4))
net.cuda().eval()
static_x = torch.zeros(32, 256, device="cuda")
g = torch.cuda.CUDAGraph()

with torch.no_grad():
    s = torch.cuda.Stream()
    s.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(s):
        for _ in range(3):
            net(static_x)
    torch.cuda.current_stream().wait_stream(s)
    with torch.cuda.graph(g):
        static_y = net(static_x)

for _ in range(10):
    g.replay()
t_in = torch.cuda.Event(enable_timing=True)
t_out = torch.cuda.Event(enable_timing=True)
t_in.record()
for _ in range(1000):
    g.replay()
t_out.record()
t_out.synchronize()
print(f"replay: {t_in.elapsed_time(t_out):.3f} us")  # ms / 1000 replays == us per replay
