# right: the callback synchronises in both hooks, skips the first batches, and the loop sets eval and no_grad
import time

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class LatencyCallback:
    def __init__(self, skip=5):
        self.skip, self.ms = skip, []

    def on_predict_batch_start(self, runner, idx):
        torch.cuda.synchronize()
        self._t = time.perf_counter()

    def on_predict_batch_end(self, runner, idx):
        torch.cuda.synchronize()
        d = time.perf_counter() - self._t
        if idx >= self.skip:
            self.ms.append(1000 * d)


class MiniTrainer:
    def __init__(self, callbacks):
        self.callbacks = callbacks

    def _fire(self, hook, *a):
        for cb in self.callbacks:
            getattr(cb, hook)(self, *a)

    def predict(self, module, loader):
        module.cuda()
        module.eval()
        with torch.no_grad():
            for i, (x,) in enumerate(loader):
                x = x.cuda()
                self._fire("on_predict_batch_start", i)
                module(x)
                self._fire("on_predict_batch_end", i)


cb = LatencyCallback()
net = nn.Sequential(nn.Linear(300, 2048), nn.ReLU(), nn.Dropout(), nn.Linear(2048, 10))
data = DataLoader(TensorDataset(torch.randn(12800, 300)), batch_size=128)
MiniTrainer([cb]).predict(net, data)
print(f"mean {sum(cb.ms) / len(cb.ms):.3f} ms over {len(cb.ms)} batches")
