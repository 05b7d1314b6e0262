# right: triton do_bench does warm-up, events and synchronise, returns ms
import torch
import torch.nn as nn
import triton.testing as tt

norms = {
    "layernorm": nn.LayerNorm(4096),
    "rmsnorm-ish": nn.GroupNorm(1, 4096),
    "linear": nn.Linear(4096, 4096),
}
inp = torch.randn(512, 4096, device="cuda", dtype=torch.float16)

torch.set_grad_enabled(False)
print("op,ms,rows_per_s")
for nm, op in norms.items():
    op = op.cuda().half().eval()
    ms = tt.do_bench(lambda: op(inp), warmup=50, rep=300)
    rows_s = inp.shape[0] / (ms * 1e-3)
    print(f"{nm},{ms:.4f},{rows_s:.0f}")
