# mistakes: host-clock-without-sync@23
import time

import numpy as np
import torch
from efficientnet_pytorch import EfficientNet

model = EfficientNet.from_pretrained('efficientnet-b0')
device = torch.device("cuda")
model.to(device)
model.eval()
dummy_input = torch.randn(1, 3, 224, 224, dtype=torch.float).to(device)
timings = []

with torch.no_grad():
    for _ in range(10):
        _ = model(dummy_input)
    torch.cuda.synchronize()

    for _ in range(300):
        s = time.time()
        _ = model(dummy_input)
        curr_time = (time.time()-s )*1000
        timings.append(curr_time)

print("mean %.3f ms, std %.3f ms" % (np.mean(timings), np.std(timings)))
