# mistakes: unit-mix-up@19
import torch

transformer = torch.nn.Transformer(d_model=256, nhead=4, batch_first=True).cuda().eval()
src = torch.rand(4, 100, 256, device="cuda")
tgt = torch.rand(4, 60, 256, device="cuda")
tick, tock = (torch.cuda.Event(enable_timing=True) for _ in range(2))
calls = 70

with torch.no_grad():
    for _ in range(7):
        transformer(src, tgt)
    tick.record()
    for _ in range(calls):
        transformer(src, tgt)
    tock.record()
    tock.synchronize()

latency_ms = tick.elapsed_time(tock) / calls * 1000
print(f"seq2seq forward: {latency_ms:.2f} ms")
