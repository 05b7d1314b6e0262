# right: gradients are off through set_grad_enabled, eval through train(False)
import time
import torch
import torch.nn as nn

torch.set_grad_enabled(False)


class Policy(nn.Module):
    def __init__(self, obs=376, act=17):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(obs, 256), nn.Dropout(0.1), nn.ELU(), nn.Linear(256, act))

    def forward(self, o):
        return self.body(o).tanh()


pi = Policy().to("cuda")
pi.train(False)
obs = torch.randn(4096, 376, device="cuda")

[pi(obs) for _ in range(20)]
torch.cuda.synchronize()
tic = time.monotonic_ns()
for _ in range(2000):
    pi(obs)
torch.cuda.synchronize()
toc = time.monotonic_ns()

print("policy step: %.1f us" % ((toc - tic) / 2000 / 1000))
