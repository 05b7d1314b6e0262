# right: the loader and the copy run while the clock is stopped; the per-batch list is reported as latency
import time

import numpy as np
import torch
import torchvision
from torch.utils.data import DataLoader
from tqdm import tqdm


class PausableClock:
    def __init__(self):
        self.samples = []
        self._t = None

    def resume(self):
        torch.cuda.synchronize()
        self._t = time.perf_counter()

    def pause(self):
        torch.cuda.synchronize()
        self.samples.append(time.perf_counter() - self._t)


def predict(net, loader, clock):
    preds = []
    for images, _ in tqdm(loader):
        images = images.to("cuda", non_blocking=True)
        clock.resume()
        logits = net(images)
        clock.pause()
        preds.append(logits.argmax(1).cpu().numpy())
    return np.concatenate(preds)


def main():
    ds = torchvision.datasets.FakeData(2560, (3, 224, 224), 1000, torchvision.transforms.ToTensor())
    loader = DataLoader(ds, batch_size=32, num_workers=2, pin_memory=True)
    net = torchvision.models.mnasnet1_0(weights=None).cuda().eval()
    clock = PausableClock()
    with torch.no_grad():
        preds = predict(net, loader, clock)
    ms = np.array(clock.samples[10:]) * 1e3   # first 10 batches = warm-up
    print(f"{len(preds)} images; forward {np.median(ms):.2f} ms per batch")


main()
