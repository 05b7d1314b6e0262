# mistakes: no-no-grad@24
import argparse
import time

import torch
import torchvision

cli = argparse.ArgumentParser()
cli.add_argument("--model", default="regnet_y_8gf")
cli.add_argument("-n", type=int, default=100)
cli.add_argument("-b", "--batch-size", type=int, default=32)
opt = cli.parse_args()

net = torchvision.models.get_model(opt.model, weights=None).to("cuda")
net.eval()  # inference mode, no dropout
x = torch.empty(opt.batch_size, 3, 224, 224, device="cuda").normal_()

for _ in range(opt.n // 10):
    net(x)
torch.cuda.synchronize()

started_at = time.monotonic()
for _ in range(opt.n):
    net(x)
torch.cuda.synchronize()
seconds = time.monotonic() - started_at

print(f"{opt.model} {opt.n * opt.batch_size / seconds:.1f} images/s")
