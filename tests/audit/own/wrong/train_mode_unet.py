# mistakes: no-eval@42
import time
import torch
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, 3, padding=1)
        self.bn = nn.BatchNorm2d(cout)
        self.drop = nn.Dropout2d(0.2)

    def forward(self, t):
        return self.drop(torch.relu(self.bn(self.conv(t))))


class MiniUNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = Block(1, 32)
        self.pool = nn.MaxPool2d(2)
        self.mid = Block(32, 64)
        self.up = nn.Upsample(scale_factor=2)
        self.out = Block(96, 2)

    def forward(self, t):
        d = self.down(t)
        m = self.up(self.mid(self.pool(d)))
        return self.out(torch.cat([d, m], dim=1))


unet = MiniUNet().to("cuda")
slices = torch.randn(4, 1, 256, 256, device="cuda")

with torch.no_grad():
    for _ in range(10):
        unet(slices)
    torch.cuda.synchronize()
    begin = time.perf_counter()
    for _ in range(100):
        unet(slices)
    torch.cuda.synchronize()
    per_call = (time.perf_counter() - begin) / 100

print(f"MiniUNet inference: {per_call * 1e3:.2f} ms")
