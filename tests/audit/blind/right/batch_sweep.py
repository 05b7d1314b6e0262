# right: rate per batch size is total images over total time, table built afterwards
import pandas as pd
import torch
import torchvision

net = torchvision.models.convnext_tiny(weights=None).eval().cuda()
table = []

with torch.inference_mode():
    for bs in (1, 4, 16, 64, 256):
        images = torch.rand(bs, 3, 224, 224, device="cuda")
        for _ in range(10):
            net(images)
        lo = torch.cuda.Event(enable_timing=True)
        hi = torch.cuda.Event(enable_timing=True)
        lo.record()
        for _ in range(50):
            net(images)
        hi.record()
        hi.synchronize()
        total_ms = lo.elapsed_time(hi)
        table.append({"bs": bs, "ms": total_ms / 50, "img_per_s": 50 * bs / (total_ms / 1000)})
        print(f"finished batch size {bs}")
        del images
        torch.cuda.empty_cache()

print(pd.DataFrame(table).set_index("bs").round(2))
