# right: everything runs on the CPU, no synchronise needed
import time
import statistics
import torch
from torchvision.models.quantization import mobilenet_v2

torch.set_num_threads(4)
torch.backends.quantized.engine = "qnnpack"
qnet = mobilenet_v2(weights=None, quantize=True)
qnet.eval()
sample = torch.rand(1, 3, 224, 224)

vals = []
with torch.no_grad():
    for _ in range(10):
        qnet(sample)
    for _ in range(100):
        s = time.perf_counter()
        qnet(sample)
        vals.append(time.perf_counter() - s)

print(f"CPU int8: {statistics.median(vals) * 1e3:.2f} ms (median of {len(vals)})")
