# right: cells in order: set-up, warm-up and synchronise, timing, report
#!/usr/bin/env python
# coding: utf-8

# In[1]:


import time
import numpy as np
import torch
import timm

# In[2]:


torch.set_grad_enabled(False)
net = timm.create_model("resnest26d", pretrained=True)
net = net.eval().cuda()
img = torch.randn(1, 3, 224, 224).cuda()
img.shape

# In[3]:


for _ in range(20):
    net(img)
torch.cuda.synchronize()

# In[4]:


lat = np.empty(300)
for k in range(len(lat)):
    t0 = time.perf_counter()
    net(img)
    torch.cuda.synchronize()
    lat[k] = time.perf_counter() - t0

# In[5]:


lat_ms = lat * 1e3
print("mean %.2f  median %.2f  p99 %.2f (ms)" % (lat_ms.mean(), np.median(lat_ms), np.percentile(lat_ms, 99)))
