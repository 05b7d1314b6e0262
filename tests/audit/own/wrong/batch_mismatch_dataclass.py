# mistakes: batch-size-mismatch@31
from dataclasses import dataclass

import torch
import timm


@dataclass
class Cfg:
    arch: str = "deit_tiny_patch16_224"
    batch: int = 256
    loops: int = 40


cfg = Cfg()
deit = timm.create_model(cfg.arch).to("cuda").eval()
full = torch.randn(cfg.batch, 3, 224, 224, device="cuda")
half = full[: cfg.batch // 2].contiguous()

go, done = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
with torch.inference_mode():
    for _ in range(8):
        deit(half)
    go.record()
    for _ in range(cfg.loops):
        deit(half)
    done.record()
done.synchronize()

secs = go.elapsed_time(done) / 1e3
rate = cfg.batch * cfg.loops / secs
print(f"{cfg.arch}: {rate:,.0f} img/s")
