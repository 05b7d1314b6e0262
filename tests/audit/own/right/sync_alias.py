# right: sync is a name bound to torch.cuda.synchronize
import time
import torch
from torchvision.models import inception_v3

sync = torch.cuda.synchronize
inc = inception_v3(weights=None, init_weights=False).cuda()
inc.train(False)
im = torch.rand(2, 3, 299, 299, device="cuda")
n = 120

with torch.no_grad():
    for _ in range(10):
        inc(im)
    sync()
    began = time.perf_counter()
    for _ in range(n):
        inc(im)
    sync()
    ended = time.perf_counter()

print(f"inception v3: {(ended - began) / n * 1e3:.2f} ms/batch, {2 * n / (ended - began):.1f} img/s")
