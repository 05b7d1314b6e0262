# mistakes: copy-in-timing@22
import torch
import torch.cuda as tc
from torch import nn

gen = nn.Sequential(
    nn.ConvTranspose2d(128, 256, 4, 1, 0), nn.BatchNorm2d(256), nn.ReLU(True),
    nn.ConvTranspose2d(256, 128, 4, 2, 1), nn.BatchNorm2d(128), nn.ReLU(True),
    nn.ConvTranspose2d(128, 3, 4, 2, 1), nn.Tanh(),
).cuda()
gen.eval()

tic, toc = tc.Event(enable_timing=True), tc.Event(enable_timing=True)

with torch.no_grad():
    for _ in range(10):
        gen(torch.randn(16, 128, 1, 1, device="cuda"))

    results = []
    for i in range(200):
        tic.record()
        z = torch.randn(16, 128, 1, 1, device="cuda")
        fake = gen(z)
        toc.record()
        tc.synchronize()
        results.append(tic.elapsed_time(toc))

print("generator: avg {:.3f} ms, best {:.3f} ms".format(sum(results) / len(results), min(results)))
