# mistakes: event-not-recorded@16
import torch
import torch.nn as nn


class EventPair:
    def __init__(self, stream=None):
        self.a = torch.cuda.Event(enable_timing=True)
        self.b = torch.cuda.Event(enable_timing=True)
        self.stream = stream or torch.cuda.current_stream()

    def open(self):
        self.a.record(self.stream)

    def close(self):
        self.b.record
        self.stream.synchronize()

    @property
    def ms(self):
        return self.a.elapsed_time(self.b)


class UNetBlock(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c1 = nn.Conv2d(c, c, 3, padding=1)
        self.n1 = nn.GroupNorm(8, c)
        self.c2 = nn.Conv2d(c, c, 3, padding=1)

    def forward(self, h):
        return h + self.c2(torch.nn.functional.silu(self.n1(self.c1(h))))


def bench(block, latent, repeat):
    got = []
    for _ in range(10):
        block(latent)
    for _ in range(repeat):
        pair = EventPair()
        pair.open()
        block(latent)
        pair.close()
        got.append(pair.ms)
    return got


if __name__ == "__main__":
    blk = UNetBlock(64).cuda().eval()
    z = torch.randn(4, 64, 64, 64, device="cuda")
    with torch.inference_mode(), torch.autocast("cuda", dtype=torch.bfloat16):
        times = bench(blk, z, 200)
    print("mean", sum(times) / len(times), "ms")
