# mistakes: no-no-grad@24
"""Throughput of some timm models. usage: python timm_sweep.py --bs 64"""
import argparse
import time

import timm
import torch

parser = argparse.ArgumentParser()
parser.add_argument("--bs", type=int, default=64)
parser.add_argument("--models", nargs="+", default=["convnext_tiny", "resnet50d", "regnety_016"])
opt = parser.parse_args()

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
sync = torch.cuda.synchronize if device.type == "cuda" else (lambda: None)


def throughput(net, images, n=30):
    for _ in range(n):
        net(images)
    sync()
    t1 = time.time()
    for _ in range(n):
        net(images)
    sync()
    t2 = time.time()
    return n * images.shape[0] / (t2 - t1)


imgs = torch.randn(opt.bs, 3, 224, 224, device=device)
for name in opt.models:
    net = timm.create_model(name, pretrained=False).to(device)
    net.eval()
    print(f"{name:20s} batch_size {opt.bs} throughput {throughput(net, imgs):.1f} img/s")
    del net
