# mistakes: event-not-synchronised@23
import numpy as np
import torch as th
from tqdm import trange


def make_event():
    return th.cuda.Event(enable_timing=True)


@th.no_grad()
def sample_latencies(model, inputs, n=200, warmup=20):
    model.eval()
    for _ in range(warmup):
        model(*inputs)
    th.cuda.synchronize()
    begins = [make_event() for _ in range(n)]
    ends = [make_event() for _ in range(n)]
    for i in trange(n):
        begins[i].record()
        model(*inputs)
        ends[i].record()
    return np.array([b.elapsed_time(e) for b, e in zip(begins, ends)])


if __name__ == "__main__":
    cos = th.nn.CosineSimilarity(dim=-1).cuda()
    u, v = th.rand(2, 1024, 2048, device="cuda").unbind(0)
    ms = sample_latencies(cos, (u, v))
    print(f"p10={np.percentile(ms, 10):.3f} p90={np.percentile(ms, 90):.3f} [ms]")
