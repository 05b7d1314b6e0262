"""pytimer, and what times a callable on any device."""

from __future__ import annotations

import time
import timeit
from collections.abc import Callable
from functools import cache
from itertools import count
from typing import Any

import numpy as np
import torch

import pytimer
from timers import Reading, Task, Tool

TIMEIT_REPEATS = 5
PYPERF_VALUES = 20
WARM_UP_CALLS = 10
"""Of the article's snippet."""

_numbers = count()


def by_pytimer(**options: object) -> Callable[[Task], Reading]:
    def read(task: Task) -> Reading:
        result = pytimer.measure_latency(
            task.call, (), device=task.device, repetitions=task.calls, **options
        )
        return Reading(result.window_call_s or result.median_s, len(result.kept_s))

    return read


def until_done(task: Task) -> Callable[[], object]:
    """The call as a host clock must see it: with its work done when it returns."""
    if not task.device.asynchronous:
        return task.call
    call, synchronize = task.call, task.device.synchronize

    def call_and_wait() -> None:
        call()
        synchronize()

    return call_and_wait


def article_on_host(task: Task) -> Reading:
    """The article's loop with its host clock, `time.time`."""
    call = until_done(task)
    timings = np.zeros((task.calls, 1))
    for _ in range(WARM_UP_CALLS):
        call()
    for repetition in range(task.calls):
        begin = time.time()
        call()
        timings[repetition] = time.time() - begin
    return Reading(float(np.sum(timings) / task.calls), task.calls)


def torch_timer(task: Task) -> Reading:
    """`blocked_autorange`; it synchronises at the ends of each block by itself."""
    from torch.utils.benchmark import Timer

    timer = Timer("call()", globals={"call": task.call})
    found = timer.blocked_autorange(min_run_time=task.calls * task.length_s)
    return Reading(found.median, len(found.raw_times), found.number_per_run)


def python_timeit(task: Task) -> Reading:
    """The least of five loops, as on its command line."""
    calls = max(task.calls // TIMEIT_REPEATS, 1)
    timer = timeit.Timer("call()", globals={"call": until_done(task)})
    seconds = timer.repeat(TIMEIT_REPEATS, calls)
    return Reading(min(seconds) / calls, TIMEIT_REPEATS, calls)


@cache
def _pyperf_runner() -> Any:
    """The one Runner that pyperf allows in a process, as one of its workers."""
    import pyperf

    runner = pyperf.Runner()
    options = [f"--values={PYPERF_VALUES}", "--warmups=1", "--loops=1"]
    runner.parse_args(["--worker", *options])
    return runner


def pyperf_worker(task: Task) -> Reading:
    """`bench_func` in this process: what one of pyperf's workers does, with more values."""
    runner = _pyperf_runner()
    runner.args.loops = max(task.calls // PYPERF_VALUES, 1)
    found = runner.bench_func(f"known work {next(_numbers)}", until_done(task))
    return Reading(found.mean(), PYPERF_VALUES, runner.args.loops)


def pytorch_benchmark(task: Task) -> Reading:
    """`benchmark` of a function from tensor to tensor, its seconds taken as seconds."""
    from pytorch_benchmark import benchmark

    def model(sample: torch.Tensor) -> torch.Tensor:
        task.call()
        return sample

    found = benchmark(
        model,
        torch.zeros(1, 1),
        num_runs=task.calls,
        get_device_fn=lambda _: torch.device(task.device.name),
    )
    metrics = found["timing"]["batch_size_1"]["on_device_inference"]["metrics"]
    return Reading(metrics["seconds_per_batch_mean"], task.calls)


OURS_ON_HOST = (
    Tool("pytimer", "median", by_pytimer(), keeps_samples=True),
    Tool("pytimer, precision 1 %", "median", by_pytimer(precision=0.01), keeps_samples=True),
    Tool("pytimer, Python loop", "median", by_pytimer(loop="python"), keeps_samples=True),
)

PEERS = (
    Tool("torch.utils.benchmark.Timer", "median", torch_timer),
    Tool("timeit", "least", python_timeit),
    Tool("pyperf", "mean", pyperf_worker, package="pyperf"),
    Tool(
        "pytorch-benchmark",
        "mean",
        pytorch_benchmark,
        keeps_samples=True,
        package="pytorch-benchmark",
    ),
)

ON_HOST = (
    *OURS_ON_HOST,
    Tool("the article's snippet", "mean", article_on_host, keeps_samples=True),
    *PEERS,
)
