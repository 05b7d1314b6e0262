# mistakes: no-eval@34
import time, datetime
import torch
from torch import nn
import torch.nn.functional as F


class AudioNet(nn.Module):
    def __init__(self, n_cls=35):
        super().__init__()
        self.c1 = nn.Conv1d(1, 64, 80, stride=4)
        self.b1 = nn.BatchNorm1d(64)
        self.c2 = nn.Conv1d(64, 128, 3)
        self.b2 = nn.BatchNorm1d(128)
        self.drop = nn.Dropout(0.3)
        self.fc = nn.Linear(128, n_cls)

    def forward(self, wav):
        wav = F.max_pool1d(F.relu(self.b1(self.c1(wav))), 4)
        wav = F.max_pool1d(F.relu(self.b2(self.c2(wav))), 4)
        return self.fc(self.drop(wav.mean(-1)))


audio_net = AudioNet().cuda()
clip = torch.randn(32, 1, 16000, device="cuda")

@torch.no_grad()
def bench(iters=250):
    for _ in range(20):
        audio_net(clip)
    torch.cuda.synchronize()
    began = datetime.datetime.now()
    for _ in range(iters):
        audio_net(clip)
    torch.cuda.synchronize()
    took = datetime.datetime.now() - began
    return took.total_seconds() / iters


print("forward pass:", bench() * 1000, "ms")
