# mistakes: empty-cache-in-timing@21; print-in-timing@23
import gc
import torch
from torch import nn


class Runner:
    def __init__(self, net, shape):
        self.net = net.to("cuda").eval()
        self.data = torch.randn(*shape, device="cuda")
        self.on = torch.cuda.Event(enable_timing=True)
        self.off = torch.cuda.Event(enable_timing=True)

    @torch.inference_mode()
    def measure(self, n):
        for _ in range(15):
            self.net(self.data)
        history = []
        for k in range(n):
            self.on.record()
            torch.cuda.empty_cache()
            out = self.net(self.data)
            print(k, tuple(out.shape))
            self.off.record()
            torch.cuda.synchronize()
            history.append(self.on.elapsed_time(self.off))
        gc.collect()
        return sum(history) / n


conv_stack = nn.Sequential(*[nn.Conv2d(32, 32, 3, padding=1) for _ in range(12)])
print("stack: %.3f ms" % Runner(conv_stack, (4, 32, 128, 128)).measure(64))
