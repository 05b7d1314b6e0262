# right: ONNX Runtime and PyTorch compared on the CPU
import time

import numpy as np
import onnxruntime as ort
import torch

torch_net = torch.nn.Sequential(torch.nn.Linear(300, 600), torch.nn.ReLU(), torch.nn.Linear(600, 3))
torch_net.eval()
x = torch.rand(16, 300)
torch.onnx.export(torch_net, (x,), "mlp.onnx", input_names=["x"])
sess = ort.InferenceSession("mlp.onnx", providers=["CPUExecutionProvider"])
feed = {"x": x.numpy()}


def median_us(call, n=300):
    for _ in range(30):
        call()
    rec = np.zeros(n)
    for i in range(n):
        t = time.perf_counter()
        call()
        rec[i] = time.perf_counter() - t
    return np.median(rec) * 1e6


with torch.inference_mode():
    print(f"pytorch     {median_us(lambda: torch_net(x)):.1f} us")
print(f"onnxruntime {median_us(lambda: sess.run(None, feed)):.1f} us")
