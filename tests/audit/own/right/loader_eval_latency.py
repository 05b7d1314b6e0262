# right: the batch is moved before the clock starts and the accuracy is read after it stops
import time
import torch
from torch.utils.data import DataLoader, TensorDataset
from torchvision.models import resnet18
from tqdm import tqdm

val = TensorDataset(torch.randn(1024, 3, 64, 64), torch.randint(0, 200, (1024,)))
loader = DataLoader(val, batch_size=32)
net = resnet18(num_classes=200).cuda().eval()

fwd, correct = [], 0
with torch.no_grad():
    for _ in range(10):
        net(torch.zeros(32, 3, 64, 64, device="cuda"))
    for imgs, labels in tqdm(loader):
        imgs, labels = imgs.to("cuda"), labels.to("cuda")
        torch.cuda.synchronize()
        t0 = time.perf_counter()
        logits = net(imgs)
        torch.cuda.synchronize()
        fwd.append(time.perf_counter() - t0)
        correct += (logits.argmax(1) == labels).sum().item()

print(f"accuracy {correct / len(val):.3f}; forward {1e3 * sum(fwd) / len(fwd):.2f} ms per batch")
