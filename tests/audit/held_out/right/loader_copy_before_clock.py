# right: each batch is copied and synchronised before its clock starts
import time
import torch
from torch.utils.data import DataLoader, TensorDataset
from torchvision.models import resnet18
from tqdm import tqdm

data = TensorDataset(torch.randn(1000, 3, 96, 96))
dl = DataLoader(data, batch_size=48, pin_memory=True, drop_last=True)
net = resnet18(num_classes=7).cuda()
net.eval()

per_batch = []
with torch.no_grad():
    for _ in range(10):
        net(torch.zeros(48, 3, 96, 96, device="cuda"))

    for (img,) in tqdm(dl):
        img = img.to("cuda", non_blocking=True)
        torch.cuda.synchronize()
        t0 = time.perf_counter()
        net(img)
        torch.cuda.synchronize()
        per_batch.append(time.perf_counter() - t0)

print(f"{sum(per_batch) / len(per_batch) * 1e3:.3f} ms per batch of 48 ({len(per_batch)} batches)")
