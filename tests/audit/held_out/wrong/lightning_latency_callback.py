# mistakes: host-clock-without-sync@21
"""callbacks/latency.py"""
import time

import pytorch_lightning as pl
import torch
from torch import nn
from torch.utils.data import DataLoader


class LatencyCallback(pl.Callback):
    def __init__(self, skip=10):
        self.skip = skip
        self.batches = []

    def on_predict_batch_start(self, trainer, pl_module, batch, batch_idx, dataloader_idx=0):
        torch.cuda.synchronize()
        self._t = time.perf_counter()

    def on_predict_batch_end(self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0):
        dt = time.perf_counter() - self._t
        if batch_idx >= self.skip:
            self.batches.append(dt)

    def on_predict_end(self, trainer, pl_module):
        n = len(self.batches)
        print(f"[latency] {n} batches, mean {sum(self.batches) / n * 1e3:.2f} ms")


class Lit(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 10))

    def predict_step(self, batch, batch_idx):
        return self.net(batch)


if __name__ == "__main__":
    dl = DataLoader(torch.randn(20000, 1, 28, 28), batch_size=128)
    lit = Lit().eval()
    pl.Trainer(accelerator="gpu", devices=1, logger=False, callbacks=[LatencyCallback()]).predict(lit, dl)
