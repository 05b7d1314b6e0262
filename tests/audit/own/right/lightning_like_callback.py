# right: a callback that synchronises at batch start and batch end; training time in train mode is meant
import time
from statistics import fmean

import torch
import pytorch_lightning as pl


class StepTime(pl.Callback):
    """Logs the mean duration of a training step, the first 20 steps left out."""

    def __init__(self, skip=20):
        self.skip = skip
        self.steps = []

    def on_train_batch_start(self, trainer, module, batch, batch_idx):
        torch.cuda.synchronize()
        self._begin = time.perf_counter()

    def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx):
        torch.cuda.synchronize()
        if trainer.global_step > self.skip:
            self.steps.append(time.perf_counter() - self._begin)

    def on_train_epoch_end(self, trainer, module):
        if self.steps:
            module.log("step_ms", 1e3 * fmean(self.steps))
            self.steps.clear()
