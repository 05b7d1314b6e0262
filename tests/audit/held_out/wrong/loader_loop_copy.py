# mistakes: copy-in-timing@22
import time
import torch
from torch.utils.data import DataLoader, TensorDataset
from torchvision.models import resnet18
from tqdm import tqdm

ds = TensorDataset(torch.randn(2048, 3, 128, 128), torch.randint(0, 10, (2048,)))
loader = DataLoader(ds, batch_size=64, num_workers=4, pin_memory=True)

clf = resnet18(num_classes=10).cuda().eval()

with torch.inference_mode():
    dummy = torch.randn(64, 3, 128, 128, device="cuda")
    for _ in range(10):
        clf(dummy)
    torch.cuda.synchronize()

    durations = []
    for imgs, _labels in tqdm(loader, desc="bench"):
        s = time.monotonic()
        imgs = imgs.cuda(non_blocking=True)
        logits = clf(imgs)
        torch.cuda.synchronize()
        durations.append(time.monotonic() - s)

print("model forward per batch: %.2f ms" % (1e3 * sum(durations) / len(durations)))
