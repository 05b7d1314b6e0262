# right: wall time of a whole training epoch, whose end is synchronised; not an inference latency
import time
import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

xs, ys = torch.randn(20000, 40), torch.randint(0, 5, (20000,))
loader = DataLoader(TensorDataset(xs, ys), batch_size=256, shuffle=True)
clf = nn.Sequential(nn.Linear(40, 128), nn.ReLU(), nn.Dropout(0.3), nn.Linear(128, 5)).cuda()
opt = optim.AdamW(clf.parameters(), lr=3e-4)

for epoch in range(10):
    clf.train()
    epoch_start = time.time()
    running = torch.zeros((), device="cuda")
    for xb, yb in loader:
        xb, yb = xb.to("cuda"), yb.to("cuda")
        opt.zero_grad(set_to_none=True)
        loss = nn.functional.cross_entropy(clf(xb), yb)
        loss.backward()
        opt.step()
        running += loss.detach()
    mean_loss = running.item() / len(loader)
    torch.cuda.synchronize()
    print(f"epoch {epoch}: loss {mean_loss:.4f}, took {time.time() - epoch_start:.1f}s")
