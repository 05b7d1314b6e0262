# mistakes: no-no-grad@15
import torch
from torch.utils.benchmark import Timer

policy = torch.nn.Sequential(
    torch.nn.Linear(84, 256), torch.nn.Tanh(), torch.nn.Linear(256, 6)
).cuda()
policy.eval()
obs = torch.rand(2048, 84, device="cuda")

with torch.no_grad():
    for _ in range(50):
        policy(obs)

timer = Timer(
    stmt="policy(obs)",
    globals={"policy": policy, "obs": obs},
    label="rollout policy",
    sub_label="inference",
)
print(timer.blocked_autorange(min_run_time=2.0))
