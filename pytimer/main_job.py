"""The whole job: latency, the largest batch size, a sweep up to it, and throughput."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch

from pytimer.batch_size import BatchSizeResult, opened, search_batch_size
from pytimer.caveats import Caveat
from pytimer.curve import SweepResult, sweep_of
from pytimer.devices import Device, HostDevice
from pytimer.errors import Interrupted, PyTimerError
from pytimer.latency import LatencyResult, latency_of
from pytimer.model_setup import Setup
from pytimer.plan import (
    BatchSizePlan,
    Extras,
    LatencyPlan,
    Loop,
    Strategy,
    SweepPlan,
    ThroughputPlan,
    choose,
)
from pytimer.probing import MakeInputs
from pytimer.progress import OnProgress, knowing
from pytimer.throughput import ThroughputResult, throughput_of
from pytimer.workload import ModelOrPath, prepared


@dataclass(frozen=True, slots=True)
class RunResult:
    """What has been measured so far; a stage that was not reached is None."""

    latency: LatencyResult | None = None
    batch_size: BatchSizeResult | None = None
    sweep: SweepResult | None = None
    throughput: ThroughputResult | None = None


HOST_CAP = 8
"""On the host the job stops at this batch size by default, to end within minutes."""

_CAPPED = Caveat(
    "batch-size-capped",
    f"on the host the batch size was tried up to {HOST_CAP} only, so that the job ends soon",
    "set max_batch_size (--max-batch-size) to search further",
)


def run(
    model: ModelOrPath,
    inputs: Any,
    *,
    device: str | torch.device | Device | None = None,
    loop: str = Loop.NATIVE,
    warm_up: int = 10,
    repetitions: int = 300,
    strategy: str = Strategy.GUIDED,
    max_batch_size: int | None = None,
    memory_limit_bytes: int | None = None,
    isolate: bool | None = None,
    make_inputs: MakeInputs | None = None,
    batches: int = 100,
    name: str | None = None,
    setup: Setup | None = None,
    audit: bool = True,
    flop: bool = True,
    peak_flop_per_s: float | None = None,
    on_progress: OnProgress | None = None,
    on_stage: Callable[[RunResult], None] | None = None,
) -> RunResult:
    """Measures latency, finds the largest batch size, sweeps up to it, measures the throughput.

    The throughput is that of the fastest batch size, which need not be the largest.

    Args:
        on_stage: called with the result so far after each stage, so that nothing measured is lost
            when a later stage fails.

    Other arguments and errors are those of `measure_latency`, `find_batch_size` and
    `measure_throughput`; `result` of an error has the stages so far, and what there is of the one
    that was not finished.
    """
    tell = on_stage or (lambda _: None)
    native_or_python = choose(Loop, "loop", loop)
    latency_plan = LatencyPlan(loop=native_or_python, warm_up=warm_up, repetitions=repetitions)
    search_plan = BatchSizePlan(
        choose(Strategy, "strategy", strategy), max_batch_size, memory_limit_bytes, isolate=isolate
    )
    throughput_plan = ThroughputPlan("auto", batches, native_or_python, warm_up)
    extras = Extras(audit, flop, peak_flop_per_s)
    so_far = RunResult()
    within = knowing(on_progress, lambda part: _known(so_far, part))
    with prepared(model, inputs, device, name, setup) as workload:
        try:
            latency = latency_of(workload, latency_plan, within, extras)
            so_far = RunResult(latency)
            tell(so_far)
            capped = max_batch_size is None and workload.device.name == HostDevice.name
            if capped:
                search_plan = replace(search_plan, max_batch_size=HOST_CAP)
            with opened(workload, search_plan, make_inputs) as (prober, caveats):
                found = search_batch_size(workload, search_plan, prober, caveats, within)
                if capped and found.limit == "cap":
                    found = replace(found, caveats=(*found.caveats, _CAPPED))
                so_far = replace(so_far, batch_size=found)
                tell(so_far)
                sweep_plan = SweepPlan(loop=native_or_python)
                curve = sweep_of(workload, sweep_plan, prober, make_inputs, within, found)
            so_far = replace(so_far, sweep=curve)
            tell(so_far)
            size = curve.fastest.batch_size
            throughput = throughput_of(workload, throughput_plan, size, make_inputs, within, extras)
            so_far = replace(so_far, throughput=throughput)
            tell(so_far)
        except (Interrupted, PyTimerError) as error:
            error.result = known = _known(so_far, error.result)
            if known is not None:
                tell(known)
            raise
        except KeyboardInterrupt:  # between the stages
            raise Interrupted(result=_known(so_far, None)) from None
    return so_far


def _known(so_far: RunResult, partial: Any) -> RunResult | None:
    """With what the stage that was cut short knows; None where nothing was measured yet."""
    if isinstance(partial, LatencyResult):
        so_far = replace(so_far, latency=partial)
    elif isinstance(partial, BatchSizeResult):
        so_far = replace(so_far, batch_size=partial)
    elif isinstance(partial, SweepResult):
        so_far = replace(so_far, sweep=partial)
    return None if so_far.latency is None else so_far
