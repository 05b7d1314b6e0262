# mistakes: host-clock-without-sync@34
# notebook export: compare_backbones.ipynb
# In[1]:
import timeit

import torch
import torchvision.models as M

device = "cuda"
torch.backends.cudnn.benchmark = True

# In[2]:
zoo = {
    "mobilenet_v3_large": M.mobilenet_v3_large,
    "efficientnet_b0": M.efficientnet_b0,
    "convnext_tiny": M.convnext_tiny,
}
built = {k: f(weights=None).to(device).eval() for k, f in zoo.items()}
img = torch.randn(16, 3, 224, 224, device=device)


# In[3]:
def warm(net, n=20):
    for _ in range(n):
        net(img)
    torch.cuda.synchronize()


# In[4]:
results = {}
with torch.no_grad():
    for name, net in built.items():
        warm(net)
        total = timeit.timeit(lambda: net(img), number=100)
        torch.cuda.synchronize()
        results[name] = total / 100

# In[5]:
for name, sec in sorted(results.items(), key=lambda kv: kv[1]):
    print(f"{name:24s}{sec * 1e3:8.2f} ms/batch")
