# mistakes: copy-in-timing@25
import time
import numpy as np
import torch

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def sync():
    if device.type == "cuda":
        torch.cuda.synchronize()


model = torch.nn.LSTM(40, 256, num_layers=3, batch_first=True).to(device).eval()
utterances = [torch.randn(1, 300, 40) for _ in range(100)]

with torch.no_grad():
    for utt in utterances[:10]:
        model(utt.to(device))

    forward_times = []
    for utt in utterances:
        sync()
        start = time.perf_counter()
        utt = utt.to(device)
        model(utt)
        sync()
        forward_times.append(time.perf_counter() - start)

print(f"LSTM forward: {np.median(forward_times) * 1e3:.2f} ms")
