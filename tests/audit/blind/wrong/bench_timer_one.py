# mistakes: single-sample@19
import torch
import torch.utils.benchmark as tub

device = "cuda"
layer = torch.nn.TransformerDecoderLayer(d_model=1024, nhead=16).to(device).eval()
tgt = torch.rand(20, 4, 1024, device=device)
mem = torch.rand(64, 4, 1024, device=device)


def step():
    with torch.inference_mode():
        return layer(tgt, mem)


for _ in range(10):
    step()

measurement = tub.Timer("step()", globals={"step": step}).timeit(1)
print(f"decoder layer: {measurement.mean * 1e6:.1f} us")
