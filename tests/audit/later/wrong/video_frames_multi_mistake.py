# mistakes: no-warm-up@18; single-sample@18; copy-in-timing@19; no-no-grad@20
# forum post: "why is my 3D CNN so slow?"
import time
import torch
from torchvision.models.video import r3d_18

net = r3d_18(weights=None).cuda()
net.eval()
torch.backends.cudnn.benchmark = True


def clip(n_frames):
    return torch.rand(1, 3, n_frames, 112, 112)


def how_long(n_frames):
    c = clip(n_frames)
    t1 = time.time()
    c = c.to("cuda")
    out = net(c)
    torch.cuda.synchronize()
    t2 = time.time()
    return t2 - t1, out.shape


for n in [8, 16, 32]:
    sec, shp = how_long(n)
    print(n, "frames:", round(sec * 1000, 1), "ms", tuple(shp))
