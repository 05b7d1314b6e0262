# mistakes: reversed-elapsed-time@19
import torch

torch.manual_seed(0)
A = torch.randn(4096, 4096, device="cuda", dtype=torch.float16)
B = torch.randn(4096, 4096, device="cuda", dtype=torch.float16)

for _ in range(10):
    A @ B

t0 = torch.cuda.Event(enable_timing=True)
t1 = torch.cuda.Event(enable_timing=True)
iters = 100
t0.record()
for _ in range(iters):
    C = A @ B
t1.record()
t1.synchronize()
ms = t1.elapsed_time(t0) / iters
tflops = 2 * 4096 ** 3 / (ms * 1e-3) / 1e12
print(f"fp16 gemm: {ms:.3f} ms, {tflops:.1f} TFLOP/s")
