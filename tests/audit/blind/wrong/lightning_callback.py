# mistakes: host-clock-without-sync@21
import time

import pytorch_lightning as pl
import torch


class PredictLatency(pl.Callback):
    """Logs model latency while trainer.predict() runs (which handles eval and no_grad)."""

    SKIP = 10

    def __init__(self):
        self.lat = []

    def on_predict_batch_start(self, trainer, pl_module, batch, batch_idx, dataloader_idx=0):
        torch.cuda.synchronize()
        self._t = time.perf_counter()

    def on_predict_batch_end(self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0):
        elapsed = time.perf_counter() - self._t
        if batch_idx >= self.SKIP:
            self.lat.append(elapsed)

    def on_predict_end(self, trainer, pl_module):
        lat = torch.tensor(self.lat)
        print(f"p50 {lat.quantile(0.5) * 1e3:.2f} ms  p99 {lat.quantile(0.99) * 1e3:.2f} ms")
