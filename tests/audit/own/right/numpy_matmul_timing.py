# right: numpy only, nothing runs on a GPU
import time
import numpy as np

rng = np.random.default_rng(1)
for n in (256, 512, 1024, 2048):
    a, b = rng.standard_normal((n, n)), rng.standard_normal((n, n))
    a @ b
    best = float("inf")
    for _ in range(7):
        start = time.perf_counter()
        a @ b
        best = min(best, time.perf_counter() - start)
    print(f"{n:5d}  {best * 1e3:8.2f} ms  {2 * n ** 3 / best / 1e9:7.1f} GFLOP/s")
