# right: traced and warmed in earlier cells, only warm calls are timed
#!/usr/bin/env python
# coding: utf-8

# In[1]:
import time
import torch
from torchvision.models import inception_v3

# In[2]:
net = inception_v3(weights=None, init_weights=False, aux_logits=False).eval().cuda()
example = torch.randn(1, 3, 299, 299).cuda()

# In[3]:
with torch.no_grad():
    traced = torch.jit.freeze(torch.jit.trace(net, example))
    for _ in range(30):
        traced(example)
torch.cuda.synchronize()

# In[4]:
tt = []
with torch.no_grad():
    for _ in range(100):
        st = time.time(); traced(example); torch.cuda.synchronize(); en = time.time()
        tt.append(en - st)

# In[5]:
print("traced inception: ", round(sum(tt) / len(tt) * 1000, 2), "ms")
