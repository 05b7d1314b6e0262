"""pytimer's modes on a CUDA device, and what times a callable only there."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path

import numpy as np
import torch

from timers import Reading, Task, Tool
from timers.anywhere import PEERS, WARM_UP_CALLS, by_pytimer

_names = (f"known work {number}" for number in count())


def article(task: Task) -> Reading:
    """The article's loop with `record` and `synchronize`."""
    starter = torch.cuda.Event(enable_timing=True)
    ender = torch.cuda.Event(enable_timing=True)
    timings = np.zeros((task.calls, 1))
    for _ in range(WARM_UP_CALLS):
        task.call()
    for repetition in range(task.calls):
        starter.record()
        task.call()
        ender.record()
        torch.cuda.synchronize()
        timings[repetition] = starter.elapsed_time(ender)
    return Reading(float(np.sum(timings) / task.calls) / 1e3, task.calls)


def by_triton(function: str) -> Callable[[Task], Reading]:
    """All repetitions that triton keeps; `rep` is how many milliseconds it may take.

    Those of `do_bench_cudagraph` are whole replays of many calls.
    """

    def read(task: Task) -> Reading:
        from triton import testing

        budget_ms = max(task.calls * task.length_s * 1e3, 1.0)
        found = getattr(testing, function)(task.call, rep=budget_ms, return_mode="all")
        calls = 1 if function == "do_bench" else task.calls
        return Reading(statistics.median(found) / 1e3, len(found), calls)

    return read


def nvbench(task: Task) -> Reading:
    """Cold measurements, each behind nvbench's own blocking kernel."""
    from cuda import bench
    from cuda.bench.results import BenchmarkResult

    def put_on_stream(launch: bench.Launch) -> None:
        with torch.cuda.stream(torch.cuda.ExternalStream(launch.get_stream().addressof())):
            task.call()

    name = next(_names)
    benchmark = bench.register(lambda state: state.exec(put_on_stream, batched=False))
    benchmark.set_name(name)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "result.json"
        sampling = ["--stopping-criterion", "sample-count", "--target-samples", str(task.calls)]
        device = str(torch.device(task.device.name).index or 0)
        chosen = ["--benchmark", name, "--devices", device, *sampling]
        bench.run_all_benchmarks(["peers", *chosen, "--quiet", "--jsonbin", str(file)])
        samples = BenchmarkResult.from_json(file)[name][0].samples
    return Reading(statistics.median(samples), len(samples))


MODES = {"isolated": "median", "queued": "median", "pipelined": "mean", "graph": "median"}

ON_CUDA = (
    *(
        Tool(f"pytimer {mode}", reports, by_pytimer(mode=mode), keeps_samples=True)
        for mode, reports in MODES.items()
    ),
    Tool("pytimer, Python loop", "median", by_pytimer(loop="python"), keeps_samples=True),
    Tool("the article's snippet", "mean", article, keeps_samples=True),
    *PEERS,
    Tool("triton do_bench", "median", by_triton("do_bench"), keeps_samples=True, package="triton"),
    Tool("triton do_bench_cudagraph", "median", by_triton("do_bench_cudagraph"), package="triton"),
    Tool("nvbench", "median", nvbench, keeps_samples=True, package="cuda-bench"),
)
