# mistakes: no-warm-up@14; single-sample@14
# "why is my model slow on the A100?"
import time
import torch
from torchvision.models import vgg16

model = vgg16()
model = model.cuda()
model.eval()
x = torch.zeros(8, 3, 224, 224).cuda()

with torch.no_grad():
    torch.cuda.synchronize()
    t0 = time.time()
    y = model(x)
    torch.cuda.synchronize()
    t1 = time.time()

print("inference time: ", (t1 - t0) * 1000, "ms")
print(y.shape)
