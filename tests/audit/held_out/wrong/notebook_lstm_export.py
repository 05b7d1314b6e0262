# mistakes: single-sample@27
#!/usr/bin/env python
# coding: utf-8

# # Speech LSTM latency

# In[1]:

import torch, time
from torch import nn

# In[2]:

lstm = nn.LSTM(80, 512, num_layers=4, batch_first=True).cuda()
lstm.eval()
mel = torch.randn(1, 400, 80, device='cuda')

# In[3]:

with torch.no_grad():
    for i in range(10):
        _ = lstm(mel)

# In[4]:

torch.cuda.synchronize()
start_time = time.time()
with torch.no_grad():
    out, (hn, cn) = lstm(mel)
torch.cuda.synchronize()
print("--- latency of the LSTM: %s seconds ---" % (time.time() - start_time))

# In[5]:

out.shape
