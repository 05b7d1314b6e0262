# mistakes: sync-in-timing@33; print-in-timing@34
import time
import torch
from torch import nn


class DepthDecoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(64, 64, 3, padding=1)
        self.up = nn.Upsample(scale_factor=2, mode="bilinear")
        self.b = nn.Conv2d(64, 1, 3, padding=1)

    def forward(self, f):
        return torch.sigmoid(self.b(self.up(torch.relu(self.a(f)))))


decoder = DepthDecoder().cuda()
decoder.eval()
feat = torch.randn(1, 64, 96, 320, device="cuda")

with torch.no_grad():
    k = 0
    while k < 10:
        decoder(feat)
        k += 1
    torch.cuda.synchronize()

    total, k = 0.0, 0
    while k < 100:
        t0 = time.time()
        disp = decoder(feat)
        disp_np = disp.squeeze().cpu().numpy()
        print("frame", k, disp_np.shape)
        total += time.time() - t0
        k += 1

print("decoder mean inference time: {:.2f} ms".format(total / 100 * 1000))
