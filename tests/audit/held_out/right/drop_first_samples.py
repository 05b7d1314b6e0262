# right: no separate warm-up loop but the first twenty samples are thrown away
import time
import numpy as np
import torch
import timm

mixer = timm.create_model("mixer_b16_224").eval().to("cuda")
x = torch.randn(4, 3, 224, 224, device="cuda")
torch.cuda.synchronize()

t = []
with torch.inference_mode():
    for _ in range(220):
        tic = time.perf_counter()
        mixer(x)
        torch.cuda.synchronize()
        t.append(time.perf_counter() - tic)

t = np.array(t[20:]) * 1e3
print("mixer_b16: %.2f +- %.2f ms" % (t.mean(), t.std()))
