# right: measures time.sleep, host only
import time
import statistics

for want_us in (50, 100, 500, 1000, 5000):
    over = []
    for _ in range(200):
        t0 = time.monotonic_ns()
        time.sleep(want_us * 1e-6)
        over.append((time.monotonic_ns() - t0) / 1e3 - want_us)
    print(f"asked {want_us:5d} us, overshoot median {statistics.median(over):7.1f} us")
