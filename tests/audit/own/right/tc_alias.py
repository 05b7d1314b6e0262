# right: torch.cuda under an alias; events from the alias are recorded and waited for
import torch
import torch.cuda as tc

left, right = tc.Event(enable_timing=True), tc.Event(enable_timing=True)
x = torch.randn(1 << 24, device="cuda")

for _ in range(5):
    torch.sort(x)
left.record()
for _ in range(20):
    torch.sort(x)
right.record()
tc.synchronize()
print("sort 16M floats: %.2f ms" % (left.elapsed_time(right) / 20))
