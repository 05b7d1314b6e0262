# mistakes: no-warm-up@18
from datetime import datetime

import numpy as np
import torch
import torchvision.models as zoo

torch.backends.cudnn.benchmark = True
net = zoo.densenet121(weights=None)
net.eval()
net.cuda()
inputs = torch.randn(8, 3, 224, 224).cuda()
torch.cuda.synchronize()

durations = np.zeros(30)
with torch.no_grad():
    for k in range(durations.size):
        clock_on = datetime.now()
        net(inputs)
        torch.cuda.synchronize()
        durations[k] = (datetime.now() - clock_on).total_seconds()

print("mean [s]:", durations.mean(), "std [s]:", durations.std())
