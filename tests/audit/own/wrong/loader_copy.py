# mistakes: copy-in-timing@19; sync-in-timing@21
import time
import torch
from torch.utils.data import DataLoader, TensorDataset
from torchvision.models import resnet34
from tqdm import tqdm

ds = TensorDataset(torch.randn(2048, 3, 224, 224), torch.randint(0, 1000, (2048,)))
loader = DataLoader(ds, batch_size=32, num_workers=4, pin_memory=True, drop_last=True)
clf = resnet34(weights="DEFAULT").cuda().eval()

hits, per_batch = 0, []
with torch.inference_mode():
    for _ in range(10):
        clf(torch.zeros(32, 3, 224, 224, device="cuda"))
    for pics, labels in tqdm(loader):
        torch.cuda.synchronize()
        t0 = time.perf_counter()
        pics = pics.cuda(non_blocking=True)
        logits = clf(pics)
        guess = logits.argmax(1).cpu()
        torch.cuda.synchronize()
        per_batch.append(time.perf_counter() - t0)
        hits += int((guess == labels).sum())

print("top-1 %.3f" % (hits / len(ds)))
print("inference: %.2f ms per batch" % (1e3 * sum(per_batch) / len(per_batch)))
