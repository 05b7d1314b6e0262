# right: b is recorded first and a last, so b.elapsed_time(a) is in the proper order; milliseconds are divided by 1000 for the rate
import torch
from torch import nn


class Gap(nn.Module):
    def __init__(self):
        super().__init__()
        self.f = nn.Sequential(nn.Conv1d(12, 64, 9), nn.ReLU(), nn.Dropout(0.3), nn.Conv1d(64, 64, 9), nn.ReLU())
        self.g = nn.Linear(64, 5)

    def forward(self, ecg):
        return self.g(self.f(ecg).mean(-1))


def bench(net, ecg, n):
    a, b = (torch.cuda.Event(enable_timing=True) for _ in "ab")
    for _ in range(10):
        net(ecg)
    b.record()
    for _ in range(n):
        net(ecg)
    a.record()
    a.synchronize()
    return b.elapsed_time(a) / n


def main():
    net = Gap().train(False).to("cuda")
    for bs in (1, 16, 64, 256):
        ecg = torch.randn(bs, 12, 5000, device="cuda")
        with torch.inference_mode():
            ms = bench(net, ecg, 200)
        print(f"bs={bs}: {ms:.3f} ms, {bs / (ms / 1000):.0f} recordings/s")


if __name__ == "__main__":
    main()
