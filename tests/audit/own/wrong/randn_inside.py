# mistakes: copy-in-timing@32
import torch
import torch.nn as nn

start_ev = torch.cuda.Event(enable_timing=True)
end_ev = torch.cuda.Event(enable_timing=True)


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.up = nn.ModuleList(
            [nn.ConvTranspose2d(c, c // 2, 4, 2, 1) for c in (256, 128, 64, 32)]
        )

    def forward(self, z):
        for layer in self.up:
            z = torch.relu(layer(z))
        return z


decoder = Decoder().cuda()
decoder.eval()

with torch.no_grad():
    for _ in range(10):
        decoder(torch.randn(16, 256, 8, 8, device="cuda"))

    times = []
    for _ in range(200):
        start_ev.record()
        latent = torch.randn(16, 256, 8, 8, device="cuda")
        decoder(latent)
        end_ev.record()
        end_ev.synchronize()
        times.append(start_ev.elapsed_time(end_ev))

print("decoder latency (ms):", sum(times) / len(times))
