# right: events between the stages, one synchronise before any elapsed_time; first passes dropped
import torch
from torch import nn


def mlp(*dims):
    mods = []
    for i, o in zip(dims, dims[1:]):
        mods += [nn.Linear(i, o), nn.LeakyReLU(0.1)]
    return nn.Sequential(*mods)


class TTS:
    stages = ("text", "mel", "wave")

    def __init__(self):
        self.parts = {"text": mlp(256, 512, 512), "mel": mlp(512, 1024, 80), "wave": mlp(80, 1024, 256)}
        for part in self.parts.values():
            part.cuda().eval()

    def __call__(self, x, mark=lambda name: None):
        mark("begin")
        for name in self.stages:
            x = self.parts[name](x)
            mark(name)
        return x


class Marks(dict):
    def __call__(self, name):
        self[name] = ev = torch.cuda.Event(enable_timing=True)
        ev.record()

    def spans(self):
        order = ["begin", *TTS.stages]
        return {b: self[a].elapsed_time(self[b]) for a, b in zip(order, order[1:])}


tts = TTS()
phones = torch.randn(1, 120, 256, device="cuda")
passes = []
with torch.inference_mode():
    for _ in range(120):
        passes.append(Marks())
        tts(phones, passes[-1])
torch.cuda.synchronize()
spans = [m.spans() for m in passes[20:]]
for s in TTS.stages:
    print(f"{s:5s} {sum(d[s] for d in spans) / len(spans):.4f} ms")
