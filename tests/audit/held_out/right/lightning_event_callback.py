# right: callback records events, Trainer.test gives eval and inference mode, first batches skipped
import pytorch_lightning as pl
import torch


class ForwardTime(pl.Callback):
    """Mean device time of test_step; first `skip` batches are dropped."""

    def __init__(self, skip=20):
        self.skip = skip
        self.pairs = []

    def _ev(self):
        ev = torch.cuda.Event(enable_timing=True)
        ev.record()
        return ev

    def on_test_batch_start(self, trainer, pl_module, batch, batch_idx, dataloader_idx=0):
        self._begin = self._ev()

    def on_test_batch_end(self, trainer, pl_module, outputs, batch, batch_idx, dataloader_idx=0):
        finish = self._ev()
        if batch_idx >= self.skip:
            self.pairs.append((self._begin, finish))

    def on_test_end(self, trainer, pl_module):
        torch.cuda.synchronize()
        total = sum(b.elapsed_time(f) for b, f in self.pairs)
        print("test_step: %.3f ms" % (total / max(1, len(self.pairs))))
