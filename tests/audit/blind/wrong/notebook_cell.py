# mistakes: no-warm-up@15; single-sample@15
# %%
import time

import torch
from torchvision.models.segmentation import deeplabv3_resnet50

# %%
seg = deeplabv3_resnet50(weights=None, weights_backbone=None).eval().to("cuda")
tile = torch.rand(1, 3, 512, 512, device="cuda")

# %% how fast is it?
with torch.inference_mode():
    torch.cuda.synchronize()
    t_start = time.time()
    mask = seg(tile)["out"]
    torch.cuda.synchronize()
    t_end = time.time()

# %%
print("DeepLab inference time: %.3f s" % (t_end - t_start))
print(mask.shape)
