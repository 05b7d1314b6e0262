# mistakes: no-warm-up@33
import time

import torch
from torch import nn

dev = torch.device("cuda:0")


def conv_stack(width, n):
    mods = [nn.Conv2d(3, width, 3, padding=1), nn.ReLU()]
    for _ in range(n):
        mods += [nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()]
    return nn.Sequential(*mods, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, 100))


teacher = conv_stack(256, 12).to(dev).eval()
student = conv_stack(64, 4).to(dev).eval()
imgs = torch.randn(32, 3, 96, 96, device=dev)
runs = 100

with torch.no_grad():
    for _ in range(20):
        teacher(imgs)
    torch.cuda.synchronize(dev)

    t0 = time.perf_counter()
    for _ in range(runs):
        teacher(imgs)
    torch.cuda.synchronize(dev)
    teacher_s = (time.perf_counter() - t0) / runs

    t0 = time.perf_counter()
    for _ in range(runs):
        student(imgs)
    torch.cuda.synchronize(dev)
    student_s = (time.perf_counter() - t0) / runs

print(f"teacher {teacher_s * 1e3:.2f} ms   student {student_s * 1e3:.2f} ms")
print(f"speed-up x{teacher_s / student_s:.2f}")
