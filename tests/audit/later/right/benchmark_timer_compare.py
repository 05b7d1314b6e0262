# right: torch.utils.benchmark synchronises and warms up by itself
import itertools

import torch
import torch.utils.benchmark as tub
from torch import nn


class Mixer(nn.Module):
    def __init__(self, tokens, dim):
        super().__init__()
        self.t = nn.Sequential(nn.Linear(tokens, 2 * tokens), nn.GELU(), nn.Linear(2 * tokens, tokens))
        self.c = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))

    def forward(self, x):
        x = x + self.t(x.transpose(1, 2)).transpose(1, 2)
        return x + self.c(x)


@torch.inference_mode()
def forward(net, x):
    return net(x)


found = []
for bs, (label, dt) in itertools.product([1, 16, 64], [("fp32", torch.float32), ("bf16", torch.bfloat16)]):
    mixer = Mixer(196, 512).to("cuda", dt).eval()
    x = torch.randn(bs, 196, 512, device="cuda", dtype=dt)
    t = tub.Timer(
        stmt="forward(net, x)",
        globals={"forward": forward, "net": mixer, "x": x},
        label="mixer block",
        sub_label=f"batch {bs}",
        description=label,
    )
    found.append(t.blocked_autorange(min_run_time=1.0))

tub.Compare(found).print()
