# right: training step throughput: train mode and gradients are what is measured, synchronised at both ends
import time
import torch
from torch import nn
from torchvision.models import resnet50

B = 64
net = resnet50().cuda().train()
opt = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
crit = nn.CrossEntropyLoss()
img = torch.randn(B, 3, 224, 224, device="cuda")
tgt = torch.randint(0, 1000, (B,), device="cuda")


def step():
    opt.zero_grad(set_to_none=True)
    loss = crit(net(img), tgt)
    loss.backward()
    opt.step()


for _ in range(10):
    step()
torch.cuda.synchronize()
t0 = time.perf_counter()
for _ in range(60):
    step()
torch.cuda.synchronize()
t1 = time.perf_counter()
print("training: %.1f samples/s" % (60 * B / (t1 - t0)))
