# mistakes: reversed-elapsed-time@27
from dataclasses import dataclass, field

import torch
import timm


def _ev():
    return torch.cuda.Event(enable_timing=True)


@dataclass
class Lap:
    beg: torch.cuda.Event = field(default_factory=_ev)
    fin: torch.cuda.Event = field(default_factory=_ev)

    def __enter__(self):
        self.beg.record()
        return self

    def __exit__(self, *a):
        self.fin.record()

    @property
    def millis(self):
        self.fin.synchronize()
        return self.fin.elapsed_time(self.beg)


@dataclass
class Report:
    arch: str
    laps: list = field(default_factory=list)

    def __str__(self):
        ms = [lap.millis for lap in self.laps]
        return f"{self.arch}: {sum(ms) / len(ms):.3f} ms ({len(ms)} runs)"


def bench(arch, bs=8):
    net = timm.create_model(arch).cuda().eval()
    clip = torch.randn(bs, 3, 224, 224, device="cuda")
    rep = Report(arch)
    with torch.no_grad():
        for _ in range(12):
            net(clip)
        for _ in range(80):
            with Lap() as lap:
                net(clip)
            rep.laps.append(lap)
    return rep


if __name__ == "__main__":
    for a in ["resnet18", "regnety_016", "mixer_s16_224"]:
        print(bench(a))
