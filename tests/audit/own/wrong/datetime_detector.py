# mistakes: host-clock-without-sync@22
import datetime as dt

import torch
from torchvision.models.detection import ssdlite320_mobilenet_v3_large

detector = ssdlite320_mobilenet_v3_large(weights="DEFAULT")
detector.cuda()
detector.eval()
camera = [torch.rand(3, 320, 320, device="cuda")]
features = detector.backbone

stack = torch.stack(camera)
elapsed = dt.timedelta()
with torch.no_grad():
    for k in range(20):
        features(stack)
    torch.cuda.synchronize()
    for k in range(300):
        began = dt.datetime.now()
        features(stack)
        elapsed += dt.datetime.now() - began

print("backbone: %.2f ms" % (elapsed.total_seconds() * 1000 / 300))
