# right: bare functional kernels on tensors without gradients: neither eval nor no_grad is needed
import torch
import torch.nn.functional as F

q = torch.randn(2, 8, 4096, 64, device="cuda", dtype=torch.float16)
k, v = torch.randn_like(q), torch.randn_like(q)


def time_ms(fn, *args, reps=50):
    for _ in range(5):
        fn(*args)
    on = torch.cuda.Event(enable_timing=True)
    off = torch.cuda.Event(enable_timing=True)
    on.record()
    for _ in range(reps):
        fn(*args)
    off.record()
    while not off.query():
        pass
    return on.elapsed_time(off) / reps


ms = time_ms(F.scaled_dot_product_attention, q, k, v)
flop = 4 * 2 * 8 * 4096 ** 2 * 64
print("sdpa %.3f ms, %.1f TFLOP/s" % (ms, flop / (ms * 1e-3) / 1e12))
