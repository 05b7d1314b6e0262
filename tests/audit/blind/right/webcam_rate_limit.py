# right: clock used for rate limiting only, nothing is reported
import time

import torch
from torchvision.models import mobilenet_v3_small

TARGET_PERIOD = 1 / 15
net = mobilenet_v3_small(weights=None).eval().cuda()


def grab():
    return torch.rand(1, 3, 240, 320)


def loop(handler):
    due = time.monotonic()
    while True:
        image = grab().cuda()
        with torch.no_grad():
            handler(net(image).argmax(1))
        due += TARGET_PERIOD
        pause = due - time.monotonic()
        if pause > 0:
            time.sleep(pause)
