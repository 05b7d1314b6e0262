# mistakes: copy-in-timing@22
import time

import torch
from torch.utils.data import DataLoader
from torchvision import datasets, models, transforms
from tqdm import tqdm

tf = transforms.Compose([transforms.Resize((224, 224)), transforms.ToTensor()])
loader = DataLoader(datasets.ImageFolder("data/val", tf), batch_size=50, drop_last=True)
net = models.efficientnet_b0(weights="DEFAULT").cuda().eval()
per_batch = []

with torch.inference_mode():
    dummy = torch.rand(50, 3, 224, 224).cuda()
    for _ in range(10):
        net(dummy)
    torch.cuda.synchronize()

    for images, _ in tqdm(loader):
        tick = time.perf_counter()
        pred = net(images.cuda(non_blocking=True))
        torch.cuda.synchronize()
        per_batch.append(time.perf_counter() - tick)

avg = sum(per_batch) / len(per_batch)
print(f"EfficientNet-B0 takes {avg * 1000:.1f} ms per batch of 50")
