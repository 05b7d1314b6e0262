# mistakes: single-sample@24
import datetime as dt
import logging

import torch
import torchvision.models as tv

logging.basicConfig(format="%(message)s", level=logging.INFO)
MEMBERS = {
    "wide": lambda: tv.wide_resnet50_2(weights=None),
    "inception": lambda: tv.googlenet(weights=None, aux_logits=False, init_weights=True),
    "squeeze": lambda: tv.squeezenet1_1(weights=None),
}


def clock():
    torch.cuda.synchronize()
    return dt.datetime.now()


def member_latency(net, x):
    for _ in range(10):
        net(x)
    t_a = clock()
    net(x)
    t_b = clock()
    return (t_b - t_a).total_seconds()


def main():
    x = torch.randn(1, 3, 224, 224).cuda()
    summary = {}
    with torch.no_grad():
        for key, ctor in MEMBERS.items():
            net = ctor().eval().cuda()
            summary[key] = member_latency(net, x)
    for key, sec in summary.items():
        logging.info("%-10s latency %.2f ms", key, sec * 1e3)
    logging.info("slowest: %s", max(summary, key=summary.get))


if __name__ == "__main__":
    main()
