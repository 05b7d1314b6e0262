# mistakes: copy-in-timing@37
import time
import torch
from torch.utils.data import DataLoader, Dataset
from torchvision.models import mobilenet_v2


class Noise(Dataset):
    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        g = torch.Generator().manual_seed(i)
        return torch.randn(3, 224, 224, generator=g), i % 1000


class Meter:
    def __init__(self):
        self.ms = []

    def add(self, seconds):
        self.ms.append(1e3 * seconds)

    @property
    def p50(self):
        return sorted(self.ms)[len(self.ms) // 2]


@torch.no_grad()
def evaluate(net, loader, meter, skip=5):
    for step, (images, labels) in enumerate(loader):
        torch.cuda.synchronize()
        start = time.time()
        images = images.cuda(non_blocking=True)
        net(images)
        torch.cuda.synchronize()
        spent = time.time() - start
        if step < skip:
            continue
        meter.add(spent)


if __name__ == "__main__":
    net = mobilenet_v2(weights=None).cuda().eval()
    loader = DataLoader(Noise(4096), batch_size=64, num_workers=4, pin_memory=True)
    m = Meter()
    evaluate(net, loader, m)
    print(f"forward: {m.p50:.3f} ms / batch of {loader.batch_size}")
