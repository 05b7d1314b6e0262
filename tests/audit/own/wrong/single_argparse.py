# mistakes: no-warm-up@25; single-sample@25
#!/usr/bin/env python
import argparse
import json

import torch
from torchvision import models


def parse():
    p = argparse.ArgumentParser(description="latency of a torchvision model")
    p.add_argument("--arch", default="wide_resnet50_2")
    p.add_argument("--size", type=int, default=224)
    p.add_argument("--json", action="store_true")
    return p.parse_args()


def main():
    opt = parse()
    network = models.get_model(opt.arch, weights=None).cuda().eval()
    tensor = torch.randn(1, 3, opt.size, opt.size, device="cuda")
    t_on = torch.cuda.Event(enable_timing=True)
    t_off = torch.cuda.Event(enable_timing=True)
    with torch.no_grad():
        t_on.record()
        network(tensor)
        t_off.record()
    torch.cuda.synchronize()
    latency_ms = t_on.elapsed_time(t_off)
    print(json.dumps({"arch": opt.arch, "latency_ms": latency_ms}) if opt.json
          else f"{opt.arch}: latency {latency_ms:.2f} ms")


if __name__ == "__main__":
    main()
