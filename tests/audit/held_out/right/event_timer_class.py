# right: timer class records both events and waits for the end event
import torch
from torchvision.models import shufflenet_v2_x1_0


class EvTimer:
    def __init__(self):
        self._a = torch.cuda.Event(enable_timing=True)
        self._b = torch.cuda.Event(enable_timing=True)

    def __enter__(self):
        self._a.record()
        return self

    def __exit__(self, *_):
        self._b.record()

    @property
    def millis(self):
        self._b.synchronize()
        return self._a.elapsed_time(self._b)


model = shufflenet_v2_x1_0().cuda()
model.eval()
inp = torch.randn(32, 3, 224, 224, device="cuda")
acc = []
with torch.inference_mode():
    for _ in range(10):
        model(inp)
    for _ in range(100):
        with EvTimer() as t:
            model(inp)
        acc.append(t.millis)
print("shufflenet", sum(acc) / len(acc), "ms")
