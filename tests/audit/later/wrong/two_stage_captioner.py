# mistakes: host-clock-without-sync@48
"""Where does the time go: encoder or decoder?"""
import time
from dataclasses import dataclass, field

import torch
from torch import nn


@dataclass
class StageTimes:
    enc: list = field(default_factory=list)
    dec: list = field(default_factory=list)

    def show(self):
        n = len(self.enc)
        print("encoder %.3f ms" % (1000 * sum(self.enc) / n))
        print("decoder %.3f ms" % (1000 * sum(self.dec) / n))


class Encoder(nn.Module):
    def __init__(self, d=512):
        super().__init__()
        layer = nn.TransformerEncoderLayer(d, 8, batch_first=True)
        self.body = nn.TransformerEncoder(layer, 6)

    def forward(self, s):
        return self.body(s)


class Decoder(nn.Module):
    def __init__(self, d=512, vocab=32000):
        super().__init__()
        layer = nn.TransformerDecoderLayer(d, 8, batch_first=True)
        self.body = nn.TransformerDecoder(layer, 6)
        self.head = nn.Linear(d, vocab)

    def forward(self, q, mem):
        return self.head(self.body(q, mem))


def profile(enc, dec, src, tgt, reps=100):
    res = StageTimes()
    for i in range(reps + 10):
        torch.cuda.synchronize()
        t0 = time.perf_counter()
        mem = enc(src)
        t1 = time.perf_counter()
        dec(tgt, mem)
        torch.cuda.synchronize()
        t2 = time.perf_counter()
        if i >= 10:       # first ten are warm-up
            res.enc.append(t1 - t0)
            res.dec.append(t2 - t1)
    return res


enc, dec = Encoder().cuda().eval(), Decoder().cuda().eval()
src = torch.randn(8, 196, 512, device="cuda")
tgt = torch.randn(8, 20, 512, device="cuda")
with torch.inference_mode():
    profile(enc, dec, src, tgt).show()
