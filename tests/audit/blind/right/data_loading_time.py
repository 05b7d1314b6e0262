# right: times the data loader on the host, no GPU work involved
import time

from torch.utils.data import DataLoader
from torchvision import datasets, transforms

pipeline = transforms.Compose([
    transforms.RandomResizedCrop(224),
    transforms.RandomHorizontalFlip(),
    transforms.ToTensor(),
])
train_set = datasets.FakeData(size=6400, image_size=(3, 256, 256), transform=pipeline)

for workers in (0, 2, 4, 8):
    loader = DataLoader(train_set, batch_size=64, num_workers=workers)
    before = time.perf_counter()
    seen = 0
    for images, _ in loader:
        seen += images.size(0)
    spent = time.perf_counter() - before
    print(f"{workers} workers: {seen / spent:.0f} decoded images/s")
