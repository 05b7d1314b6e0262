# mistakes: unit-mix-up@16
import torch
import triton
import triton.testing

M = N = K = 8192
a = torch.randn((M, K), device="cuda", dtype=torch.float16)
b = torch.randn((K, N), device="cuda", dtype=torch.float16)


def flops(m, n, k):
    return 2.0 * m * n * k


t = triton.testing.do_bench(lambda: torch.matmul(a, b), warmup=50, rep=400)
print("cublas: %.3f TFLOP/s" % (flops(M, N, K) / t / 1e12))
