# right: events recorded on a side stream, that stream is synchronised
import torch

stream = torch.cuda.Stream()
net = torch.nn.Conv1d(128, 128, 9, padding=4).cuda().eval()
x = torch.rand(32, 128, 4000, device="cuda")
stream.wait_stream(torch.cuda.current_stream())
begin = torch.cuda.Event(enable_timing=True)
done = torch.cuda.Event(enable_timing=True)

with torch.no_grad(), torch.cuda.stream(stream):
    for _ in range(10):
        net(x)
    begin.record(stream)
    for _ in range(120):
        net(x)
    done.record(stream)

stream.synchronize()
print(f"conv1d on side stream: {begin.elapsed_time(done) / 120 * 1e3:.1f} us")
