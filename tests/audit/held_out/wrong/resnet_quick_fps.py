# mistakes: host-clock-without-sync@21
import time
import torch
import torchvision.models as models

net = models.resnet50(weights=None).cuda()
net.eval()
img = torch.randn(1, 3, 224, 224, device="cuda")

# warm up so cudnn picks its algos
with torch.no_grad():
    for _ in range(20):
        net(img)
torch.cuda.synchronize()

N = 300
with torch.no_grad():
    tic = time.time()
    for _ in range(N):
        out = net(img)
    toc = time.time()

print("avg forward: %.3f ms" % ((toc - tic) / N * 1000))
print("FPS:", N / (toc - tic))
