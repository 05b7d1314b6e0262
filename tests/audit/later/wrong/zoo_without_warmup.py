# mistakes: no-warm-up@16
import time
import torch
import torchvision.models as tvm
from tqdm import tqdm


class Candidate:
    def __init__(self, label, ctor):
        self.label = label
        self.net = ctor(weights=None).cuda().eval()
        self.lat = []

    def sample(self, batch):
        torch.cuda.synchronize()
        t = time.perf_counter()
        self.net(batch)
        torch.cuda.synchronize()
        self.lat.append((time.perf_counter() - t) * 1e3)

    def mean(self):
        return sum(self.lat) / len(self.lat)


CANDS = [
    Candidate("r18", tvm.resnet18),
    Candidate("r34", tvm.resnet34),
    Candidate("shuffle", tvm.shufflenet_v2_x1_0),
]


def main(rounds=50):
    batch = torch.rand(4, 3, 256, 256, device="cuda")
    with torch.inference_mode():
        for c in CANDS:
            for _ in tqdm(range(rounds), desc=c.label):
                c.sample(batch)
    best = min(CANDS, key=Candidate.mean)
    for c in CANDS:
        star = "*" if c is best else " "
        print(f"{star} {c.label:10s} {c.mean():.2f} ms")


if __name__ == "__main__":
    main()
