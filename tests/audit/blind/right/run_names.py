# right: time used only for a timestamped folder name
import pathlib
import time
from datetime import datetime

import torch

stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
out_dir = pathlib.Path("runs") / f"finetune-{stamp}"
out_dir.mkdir(parents=True, exist_ok=True)

torch.manual_seed(int(time.time()) % 2**31)
probe = torch.nn.Linear(768, 2).cuda()
adam = torch.optim.AdamW(probe.parameters(), lr=1e-3)
for _ in range(100):
    x = torch.randn(64, 768, device="cuda")
    y = torch.randint(0, 2, (64,), device="cuda")
    loss = torch.nn.functional.cross_entropy(probe(x), y)
    adam.zero_grad()
    loss.backward()
    adam.step()
torch.save({"state": probe.state_dict(), "saved_at": time.time()}, out_dir / "probe.pt")
