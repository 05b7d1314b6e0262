# right: benchmark Timer.timeit(n), seconds converted to milliseconds once
import torch
from torch.utils.benchmark import Timer


@torch.no_grad()
def forward(net, x):
    return net(x)


rnn = torch.nn.LSTM(128, 512, 2).cuda().eval()
steps = torch.randn(100, 32, 128, device="cuda")
m = Timer("forward(rnn, steps)", globals=dict(forward=forward, rnn=rnn, steps=steps)).timeit(200)
print("LSTM forward mean: %.3f ms" % (m.mean * 1e3))
