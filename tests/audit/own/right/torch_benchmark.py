# right: torch.utils.benchmark synchronises and warms up by itself
import torch
import torch.utils.benchmark as tb
from torchvision.models import mobilenet_v2

net = mobilenet_v2().to("cuda").eval()
results = []

for bs in (1, 8, 64):
    imgs = torch.randn(bs, 3, 224, 224, device="cuda")
    t = tb.Timer(
        stmt="with torch.inference_mode(): net(imgs)",
        globals={"net": net, "imgs": imgs, "torch": torch},
        label="mobilenet_v2", sub_label=f"bs={bs}", description="forward",
    )
    m = t.blocked_autorange(min_run_time=1.0)
    results.append(m)
    print(bs, f"{m.median * 1e3:.3f} ms")

tb.Compare(results).print()
