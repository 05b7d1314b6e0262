# right: waits on the stop event itself instead of the whole device
import torch
from torchvision.models.video import r3d_18

r3d = r3d_18(weights=None).to("cuda").eval()
clip = torch.rand(1, 3, 16, 112, 112, device="cuda")
beg, fin = [torch.cuda.Event(enable_timing=True) for _ in "ab"]


@torch.no_grad()
def one_clip_ms():
    beg.record()
    r3d(clip)
    fin.record()
    fin.synchronize()
    return beg.elapsed_time(fin)


_ = [one_clip_ms() for _ in range(8)]
values = torch.tensor([one_clip_ms() for _ in range(64)])
print(f"R3D-18: {values.mean():.2f} ± {values.std():.2f} ms per clip")
