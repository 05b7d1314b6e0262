# mistakes: host-clock-without-sync@21
import time as t

import timm
import torch

# how many images per second does the student network manage?
BS = 128
student = timm.create_model("mobilenetv3_small_100", num_classes=37).cuda()
student.eval()
pictures = torch.rand(BS, 3, 192, 192).cuda()

with torch.inference_mode():
    for _ in range(25):
        student(pictures)
    torch.cuda.synchronize()

    t0 = t.perf_counter()
    for _ in range(400):
        student(pictures)
    t1 = t.perf_counter()
    torch.cuda.synchronize()

print("throughput %.1f img/s" % (400 * BS / (t1 - t0)))
