# mistakes: no-warm-up@41
#!/usr/bin/env python
import argparse
import torch
import torch.nn as nn


def block(i, o):
    return nn.Sequential(nn.Conv2d(i, o, 3, padding=1), nn.BatchNorm2d(o), nn.ReLU(inplace=True))


class TinyUNet(nn.Module):
    def __init__(self, c=32):
        super().__init__()
        self.d1 = block(3, c)
        self.d2 = block(c, c * 2)
        self.up = nn.ConvTranspose2d(c * 2, c, 2, 2)
        self.out = nn.Conv2d(c * 2, 1, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x):
        a = self.d1(x)
        b = self.d2(self.pool(a))
        return self.out(torch.cat([a, self.up(b)], 1))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--size", type=int, default=512)
    p.add_argument("--iters", type=int, default=100)
    args = p.parse_args()

    unet = TinyUNet().cuda().eval()
    x = torch.randn(1, 3, args.size, args.size, device="cuda")

    beg = torch.cuda.Event(enable_timing=True)
    fin = torch.cuda.Event(enable_timing=True)
    acc = 0.0
    with torch.no_grad():
        for _ in range(args.iters):
            beg.record()
            unet(x)
            fin.record()
            fin.synchronize()
            acc += beg.elapsed_time(fin)
    print("mean latency {:.3f} ms over {} runs".format(acc / args.iters, args.iters))


if __name__ == "__main__":
    main()
