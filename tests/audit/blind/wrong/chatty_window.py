# mistakes: print-in-timing@18
import time
import torch

BATCH, ITERS = 256, 200
tower = torch.nn.Sequential(*[torch.nn.Linear(512, 512) for _ in range(12)]).cuda()
tower = tower.half().eval()
feats = torch.zeros(BATCH, 512, dtype=torch.half, device="cuda")

with torch.inference_mode():
    for i in range(20):
        tower(feats)
    torch.cuda.synchronize()

    t_begin = time.perf_counter()
    for i in range(ITERS):
        tower(feats)
        print(f"iteration {i + 1}/{ITERS} submitted")
    torch.cuda.synchronize()
    t_finish = time.perf_counter()

print(f"=> {BATCH * ITERS / (t_finish - t_begin):,.0f} samples/s")
