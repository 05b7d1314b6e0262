# right: the harmonic mean of per-call rates with equal batches is the total work over the total time
import statistics
from time import perf_counter as now

import torch
import torch as tr
import torch.nn as nn

sync = tr.cuda.synchronize


class CRNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.cnn = nn.Sequential(nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d((4, 2)),
                                 nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d((4, 2)))
        self.rnn = nn.LSTM(128, 256, batch_first=True)
        self.fc = nn.Linear(256, 97)

    def forward(self, line):
        f = self.cnn(line).flatten(1, 2).transpose(1, 2)
        return self.fc(self.rnn(f)[0])


def rates(net, lines, n):
    for i in range(n + 10):
        sync()
        t = now()
        net(lines)
        sync()
        d = now() - t
        if i >= 10:
            yield len(lines) / d


ocr = CRNN().cuda().eval()
lines = torch.rand(16, 1, 32, 512, device="cuda")
with tr.no_grad():
    r = list(rates(ocr, lines, 100))
print(f"serial rate {statistics.harmonic_mean(r):.1f} lines/s; slowest call {min(r):.1f}, fastest {max(r):.1f}")
