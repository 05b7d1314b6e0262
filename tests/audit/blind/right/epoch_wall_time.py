# right: wall time of a training epoch, training mode and gradients are intended
import time

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

device = "cuda"
data = TensorDataset(torch.randn(10_000, 20), torch.randint(0, 5, (10_000,)))
loader = DataLoader(data, batch_size=100, shuffle=True)
net = torch.nn.Sequential(torch.nn.Linear(20, 64), torch.nn.ReLU(), torch.nn.Linear(64, 5)).to(device)
sgd = torch.optim.SGD(net.parameters(), lr=0.1)

for epoch in range(5):
    epoch_start = time.time()
    net.train()
    running = 0.0
    for xb, yb in loader:
        xb, yb = xb.to(device), yb.to(device)
        loss = F.cross_entropy(net(xb), yb)
        sgd.zero_grad()
        loss.backward()
        sgd.step()
        running += loss.item()
    torch.cuda.synchronize()
    minutes, seconds = divmod(time.time() - epoch_start, 60)
    print(f"epoch {epoch}: loss {running / len(loader):.4f}, took {minutes:.0f}m {seconds:.1f}s")
