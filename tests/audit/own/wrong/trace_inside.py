# mistakes: compile-in-timing@18
import torch
from torch import nn

cnn = nn.Sequential(
    nn.Conv2d(3, 64, 7, 2, 3), nn.BatchNorm2d(64), nn.ReLU(inplace=True),
    nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10),
).to("cuda")
cnn.eval()
example = torch.randn(32, 3, 96, 96, device="cuda")
before, after = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)


def bench_traced(reps=100):
    for _ in range(10):
        cnn(example)
    before.record()
    traced = torch.jit.trace(cnn, example)
    for _ in range(reps):
        traced(example)
    after.record()
    torch.cuda.synchronize()
    return before.elapsed_time(after) / reps


with torch.no_grad():
    print("TorchScript latency:", bench_traced(), "ms")
