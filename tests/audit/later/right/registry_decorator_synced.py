# right: the outermost wrapper synchronises before both clock reads although the inner wrapper knows nothing of it
import functools
import time
from collections import OrderedDict

import torch
import torchvision.models as tv

REGISTRY = OrderedDict()


def register(name):
    def deco(make):
        REGISTRY[name] = make
        return make
    return deco


def quiet(fn):
    @functools.wraps(fn)
    def inner(*a, **k):
        with torch.no_grad():
            return fn(*a, **k)
    return inner


def clocked(fn, sync=torch.cuda.synchronize):
    @functools.wraps(fn)
    def inner(*a, **k):
        sync()
        t = time.time()
        fn(*a, **k)
        sync()
        return time.time() - t
    return inner


@register("alexnet")
def _a():
    return tv.alexnet(weights=None)


@register("vgg11_bn")
def _v():
    return tv.vgg11_bn(weights=None)


@clocked
@quiet
def many(net, x, n):
    for _ in range(n):
        net(x)


img = torch.randn(16, 3, 224, 224, device="cuda")
for name, make in REGISTRY.items():
    net = make().eval().cuda()
    many(net, img, 10)
    print(f"{name}: {many(net, img, 100) / 100 * 1e3:.2f} ms")
