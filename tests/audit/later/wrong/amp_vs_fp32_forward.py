# mistakes: no-no-grad@30
import argparse
import time

import torch
import timm


def get_args():
    ap = argparse.ArgumentParser("amp vs fp32")
    ap.add_argument("--model", default="convnext_small")
    ap.add_argument("--bs", type=int, default=16)
    ap.add_argument("--img", type=int, default=224)
    ap.add_argument("--steps", type=int, default=100)
    return ap.parse_args()


class Forward:
    def __init__(self, net, amp):
        self.net = net
        self.amp = amp

    def time_it(self, x, steps, device):
        with torch.autocast(device.type, enabled=self.amp):
            for _ in range(10):
                self.net(x)
            torch.cuda.synchronize()
            t = time.perf_counter()
            for _ in range(steps):
                y = self.net(x)
            torch.cuda.synchronize()
            dt = time.perf_counter() - t
        return dt / steps


def main():
    a = get_args()
    device = torch.device("cuda")
    net = timm.create_model(a.model, pretrained=False)
    net = net.to(device).eval()
    x = torch.randn(a.bs, 3, a.img, a.img, device=device)
    fp32 = Forward(net, False).time_it(x, a.steps, device)
    amp = Forward(net, True).time_it(x, a.steps, device)
    print(f"fp32 {fp32 * 1e3:.2f} ms | amp {amp * 1e3:.2f} ms | x{fp32 / amp:.2f}")


if __name__ == "__main__":
    main()
