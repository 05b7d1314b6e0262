# mistakes: event-not-synchronised@15
import contextlib
import torch
from torchvision.models import swin_t


@contextlib.contextmanager
def gpu_span(sink):
    first = torch.cuda.Event(enable_timing=True)
    last = torch.cuda.Event(enable_timing=True)
    first.record()
    yield
    last.record()
    first.synchronize()
    sink.append(first.elapsed_time(last))


class Bench:
    def __init__(self, net, *, warm=20, reps=100):
        self.net, self.warm, self.reps = net, warm, reps

    def go(self, x):
        spans = []
        with torch.no_grad():
            for i in range(self.warm):
                self.net(x)
            for i in range(self.reps):
                with gpu_span(spans):
                    self.net(x)
        return spans


def main():
    swin = swin_t(weights=None).to("cuda", memory_format=torch.channels_last).eval()
    for b in [1, 4, 16]:
        x = torch.randn(b, 3, 224, 224, device="cuda").to(memory_format=torch.channels_last)
        spans = Bench(swin).go(x)
        spans.sort()
        print(f"batch {b}: p50 {spans[len(spans) // 2]:.2f} ms, p99 {spans[int(len(spans) * .99)]:.2f} ms")


main()
