# right: torch.utils.benchmark warms up and synchronises by itself
import torch
import torch.utils.benchmark as tb
from torchvision.models import resnet18, resnet34

x = torch.randn(16, 3, 224, 224, device="cuda")
rows = []

for label, build in (("resnet18", resnet18), ("resnet34", resnet34)):
    net = build().cuda().eval()
    with torch.no_grad():
        timer = tb.Timer(
            stmt="net(x)",
            globals={"net": net, "x": x},
            label="backbones",
            sub_label=label,
            num_threads=1,
        )
        rows.append(timer.blocked_autorange(min_run_time=2.0))

tb.Compare(rows).print()
for m in rows:
    print(m.title, "%.3f ms" % (m.median * 1e3))
