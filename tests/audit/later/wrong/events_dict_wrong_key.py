# mistakes: event-not-recorded@23
import statistics as st

import torch
import torch.cuda as tc
from torchvision.models import segmentation as seg


def new_events(names):
    return {n: tc.Event(enable_timing=True) for n in names}


def one_pass(net, im):
    ev = new_events(["begin", "backbone", "head", "done"])
    ev["begin"].record()
    feats = net.backbone(im)
    ev["backbone"].record()
    net.classifier(feats["out"])
    ev["head"].record()
    tc.synchronize()
    return {
        "backbone": ev["begin"].elapsed_time(ev["backbone"]),
        "total": ev["begin"].elapsed_time(ev["done"]),
    }


def aggregate(dicts, key):
    vals = [d[key] for d in dicts]
    return st.median(vals), st.pstdev(vals)


@torch.no_grad()
def run():
    net = seg.fcn_resnet50(weights=None, weights_backbone=None).cuda()
    net.eval()
    im = torch.rand(2, 3, 520, 520, device="cuda")
    for _ in range(10):
        net(im)
    passes = [one_pass(net, im) for _ in range(60)]
    for k in ("backbone", "total"):
        m, s = aggregate(passes, k)
        print(f"{k:10s} {m:7.2f} +- {s:.2f} ms")


run()
