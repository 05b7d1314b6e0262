# mistakes: reversed-elapsed-time@18
import torch
from torchvision.models import swin_t


class CudaClock:
    """Event pair wrapped in a context manager."""

    def __enter__(self):
        self.start = torch.cuda.Event(enable_timing=True)
        self.end = torch.cuda.Event(enable_timing=True)
        self.start.record()
        return self

    def __exit__(self, et, ev, tb):
        self.end.record()
        torch.cuda.synchronize()
        self.ms = self.end.elapsed_time(self.start)


swin = swin_t().to("cuda")
swin.eval()
pic = torch.randn(4, 3, 224, 224).to("cuda")
with torch.no_grad():
    for _ in range(10):
        swin(pic)
    total = 0.0
    for _ in range(100):
        with CudaClock() as clk:
            swin(pic)
        total += clk.ms
print(total / 100, "ms")
