"""The whole job: latency, the largest batch size, and the throughput at it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch

from pytimer.batch_size import BatchSizeResult, find_batch_size
from pytimer.caveats import Caveat
from pytimer.devices import Device, HostDevice
from pytimer.latency import LatencyResult, measure_latency
from pytimer.plan import Loop, Strategy
from pytimer.probing import MakeInputs
from pytimer.progress import OnProgress
from pytimer.throughput import ThroughputResult, measure_throughput
from pytimer.workload import Model


@dataclass(frozen=True, slots=True)
class RunResult:
    """What has been measured so far; a stage that was not reached is None."""

    latency: LatencyResult | None = None
    batch_size: BatchSizeResult | None = None
    throughput: ThroughputResult | None = None


HOST_CAP = 8
"""On the host the job stops at this batch size by default, to end within minutes."""

_CAPPED = Caveat(
    "batch-size-capped",
    f"on the host the batch size was tried up to {HOST_CAP} only, so that the job ends soon",
    "set max_batch_size (--max-batch-size) to search further",
)


def run(
    model: Model,
    inputs: Any,
    *,
    device: str | torch.device | Device | None = None,
    loop: str = Loop.NATIVE,
    warm_up: int = 10,
    repetitions: int = 300,
    strategy: str = Strategy.BINARY,
    max_batch_size: int | None = None,
    memory_limit_bytes: int | None = None,
    make_inputs: MakeInputs | None = None,
    batches: int = 100,
    name: str | None = None,
    on_progress: OnProgress | None = None,
    on_stage: Callable[[RunResult], None] | None = None,
) -> RunResult:
    """Measures latency, finds the largest batch size, and measures the throughput at it.

    Args:
        on_stage: called with the result so far after each stage, so that nothing measured is lost
            when a later stage fails.

    Other arguments and errors are those of `measure_latency`, `find_batch_size` and
    `measure_throughput`.
    """
    tell = on_stage or (lambda _: None)

    latency = measure_latency(
        model,
        inputs,
        device=device,
        loop=loop,
        warm_up=warm_up,
        repetitions=repetitions,
        name=name,
        on_progress=on_progress,
    )
    so_far = RunResult(latency)
    tell(so_far)

    capped = max_batch_size is None and latency.subject.device == HostDevice.name
    batch_size = find_batch_size(
        model,
        inputs,
        device=device,
        strategy=strategy,
        max_batch_size=HOST_CAP if capped else max_batch_size,
        memory_limit_bytes=memory_limit_bytes,
        make_inputs=make_inputs,
        name=name,
        on_progress=on_progress,
    )
    if capped and batch_size.limit == "cap":
        batch_size = replace(batch_size, caveats=(*batch_size.caveats, _CAPPED))
    so_far = replace(so_far, batch_size=batch_size)
    tell(so_far)

    throughput = measure_throughput(
        model,
        inputs,
        device=device,
        batch_size=batch_size.max_batch_size,
        batches=batches,
        warm_up=warm_up,
        loop=loop,
        make_inputs=make_inputs,
        name=name,
        on_progress=on_progress,
    )
    so_far = replace(so_far, throughput=throughput)
    tell(so_far)
    return so_far
