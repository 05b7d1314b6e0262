# right: torch.utils.benchmark, which warms up and synchronises by itself
import torch
import torch.utils.benchmark as benchmark

conv = torch.nn.Conv2d(64, 128, 3, padding=1).cuda().eval()
x = torch.rand(16, 64, 112, 112, device="cuda")
results = []

for layout in (torch.contiguous_format, torch.channels_last):
    timer = benchmark.Timer(
        stmt="with torch.no_grad(): conv(x)",
        setup="import torch",
        globals={"conv": conv.to(memory_format=layout), "x": x.contiguous(memory_format=layout)},
        label="conv3x3",
        description=str(layout),
    )
    results.append(timer.blocked_autorange(min_run_time=1))

benchmark.Compare(results).print()
