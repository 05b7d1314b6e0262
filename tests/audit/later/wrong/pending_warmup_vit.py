# mistakes: host-clock-without-sync@29
#!/usr/bin/env python
import sys
import time

import timm
import torch

ARCH = sys.argv[1] if len(sys.argv) > 1 else "vit_small_patch16_224"


class Throughput:
    def __init__(self, arch, batch):
        self.net = timm.create_model(arch, pretrained=False).half().cuda()
        self.net.eval()
        self.pix = torch.randn(batch, 3, 224, 224, dtype=torch.half, device="cuda")

    @property
    def batch(self):
        return self.pix.size(0)

    def spin(self, n):
        for _ in range(n):
            self.net(self.pix)

    def __call__(self, n=100):
        with torch.no_grad():
            self.spin(50)
            tic = time.time()
            self.spin(n)
            torch.cuda.synchronize()
            toc = time.time()
        return n * self.batch / (toc - tic)


for b in (16, 64, 256):
    print(ARCH, b, f"{Throughput(ARCH, b)():.0f} images/s")
