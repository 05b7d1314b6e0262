# mistakes: copy-in-timing@29; no-no-grad@30
import time
import torch
import torchvision.models as models
import torchvision.transforms.functional as TF


class Classifier:
    def __init__(self, device="cuda"):
        self.device = device
        self.net = models.resnet101(weights=None).to(device)
        self.net.eval()
        self.history = {"model_ms": []}

    def prepare(self, u8):
        return TF.normalize(u8.float() / 255, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])

    def warm(self, u8):
        blob = self.prepare(u8).to(self.device)
        for _ in range(10):
            with torch.no_grad():
                self.net(blob)
        torch.cuda.synchronize()

    def __call__(self, u8):
        cpu_blob = self.prepare(u8)
        torch.cuda.synchronize()
        t = time.perf_counter()
        blob = cpu_blob.to(self.device)
        logits = self.net(blob)
        torch.cuda.synchronize()
        self.history["model_ms"].append((time.perf_counter() - t) * 1e3)
        return logits.argmax(1)


clf = Classifier()
photo = torch.randint(0, 256, (1, 3, 224, 224), dtype=torch.uint8)
clf.warm(photo)
for _ in range(100):
    clf(photo)
h = sorted(clf.history["model_ms"])
print("model time p50 %.2f ms / p90 %.2f ms" % (h[50], h[90]))
