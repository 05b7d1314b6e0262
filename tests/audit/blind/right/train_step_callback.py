# right: training step time in a Lightning callback, both ends synchronised
import time

import pytorch_lightning as pl
import torch


class StepTime(pl.Callback):
    def __init__(self, ignore_first=20):
        self.ignore_first = ignore_first
        self.steps = []

    def on_train_batch_start(self, trainer, pl_module, batch, batch_idx):
        torch.cuda.synchronize()
        self._begun = time.perf_counter()

    def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        torch.cuda.synchronize()
        if trainer.global_step > self.ignore_first:
            self.steps.append(time.perf_counter() - self._begun)

    def on_train_end(self, trainer, pl_module):
        if self.steps:
            avg = sum(self.steps) / len(self.steps)
            print(f"training step: {avg * 1e3:.1f} ms over {len(self.steps)} steps")
