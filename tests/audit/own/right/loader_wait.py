# right: only the host's wait for the next batch is measured; the GPU work is outside both clock reads
import time
import torch
from torch.utils.data import DataLoader
from torchvision import datasets, transforms as T
from torchvision.models import resnet18

tf = T.Compose([T.RandomResizedCrop(224), T.ToTensor()])
train = datasets.ImageFolder("/data/imagenette/train", tf)
loader = DataLoader(train, batch_size=64, shuffle=True, num_workers=8, pin_memory=True)
net = resnet18(num_classes=10).cuda().train()
sgd = torch.optim.SGD(net.parameters(), lr=0.1)

waited = 0.0
batches = iter(loader)
for step in range(len(loader)):
    t0 = time.perf_counter()
    imgs, target = next(batches)
    waited += time.perf_counter() - t0

    out = net(imgs.cuda(non_blocking=True))
    torch.nn.functional.cross_entropy(out, target.cuda(non_blocking=True)).backward()
    sgd.step()
    sgd.zero_grad()

print(f"waited for data: {waited:.1f} s over {len(loader)} batches")
