# mistakes: unit-mix-up@29
import time
import torch

class Bench:
    def __init__(self, module, example, n=100):
        self.module = module
        self.example = example
        self.n = n

    @torch.inference_mode()
    def __call__(self):
        for _ in range(10):
            self.module(self.example)
        torch.cuda.synchronize()
        t = time.perf_counter()
        for _ in range(self.n):
            self.module(self.example)
        torch.cuda.synchronize()
        return (time.perf_counter() - t) / self.n


if __name__ == "__main__":
    from torchvision.models import mnasnet1_0

    mod = mnasnet1_0(weights=None).cuda()
    mod.eval()
    latency = Bench(mod, torch.randn(1, 3, 224, 224, device="cuda"))()
    print("Latency: {:.4f} ms".format(latency))
