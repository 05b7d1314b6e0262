# mistakes: copy-in-timing@15
import numpy as np
import torch


class DepthTimer:
    def __init__(self, depth_net):
        self.depth_net = depth_net.to("cuda:0").eval()
        self.on = torch.cuda.Event(enable_timing=True)
        self.off = torch.cuda.Event(enable_timing=True)

    @torch.no_grad()
    def __call__(self, frame: np.ndarray) -> float:
        self.on.record()
        tensor = torch.from_numpy(frame).to("cuda:0")
        self.depth_net(tensor)
        self.off.record()
        torch.cuda.synchronize()
        return self.on.elapsed_time(self.off)


frames = np.random.rand(120, 1, 3, 240, 320).astype("float32")
timer = DepthTimer(torch.nn.Conv2d(3, 1, 7, padding=3))
for f in frames[:20]:
    timer(f)
ms = [timer(f) for f in frames[20:]]
print(f"depth net inference, p50 {np.percentile(ms, 50):.2f} ms, p95 {np.percentile(ms, 95):.2f} ms")
