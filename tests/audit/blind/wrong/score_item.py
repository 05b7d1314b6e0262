# mistakes: sync-in-timing@19
import torch

ranker = torch.nn.Bilinear(256, 256, 1).cuda().eval()
query = torch.rand(512, 256, device="cuda")
docs = torch.rand(512, 256, device="cuda")

begin = torch.cuda.Event(enable_timing=True)
finish = torch.cuda.Event(enable_timing=True)
elapsed, checksum = [], 0.0

with torch.inference_mode():
    for _ in range(12):
        ranker(query, docs)

    for _ in range(80):
        begin.record()
        scores = ranker(query, docs)
        checksum += scores.mean().item()
        finish.record()
        finish.synchronize()
        elapsed.append(begin.elapsed_time(finish))

elapsed.sort()
print("ranker forward, median ms:", elapsed[len(elapsed) // 2], "checksum", checksum)
