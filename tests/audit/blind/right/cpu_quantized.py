# right: CPU-only comparison of fp32 and int8, no GPU code at all
import timeit

import torch
from torch import nn

fp32 = nn.Sequential(nn.Linear(1024, 1024), nn.ReLU(), nn.Linear(1024, 64)).eval()
int8 = torch.ao.quantization.quantize_dynamic(fp32, {nn.Linear}, dtype=torch.qint8)
rows = torch.rand(32, 1024)


def ms_per_call(net, number=200):
    with torch.inference_mode():
        timeit.timeit(lambda: net(rows), number=20)
        runs = timeit.repeat(lambda: net(rows), number=number, repeat=5)
    return min(runs) / number * 1000


for tag, candidate in {"fp32": fp32, "int8": int8}.items():
    print(f"{tag}: {ms_per_call(candidate):.3f} ms")
