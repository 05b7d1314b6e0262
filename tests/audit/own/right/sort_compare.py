# right: timeit on pure Python sorting
import heapq
import random
import timeit

data = [random.random() for _ in range(100_000)]


def by_sorted():
    return sorted(data)[:100]


def by_heap():
    return heapq.nsmallest(100, data)


if __name__ == "__main__":
    for fn in (by_sorted, by_heap):
        runs = timeit.repeat(fn, number=10, repeat=5)
        print(f"{fn.__name__}: {min(runs) / 10 * 1e3:.2f} ms")
