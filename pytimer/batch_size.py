"""The largest batch size that fits."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Literal

import torch

from pytimer.caveats import Caveat
from pytimer.devices import Device
from pytimer.environment import Environment, capture
from pytimer.errors import BatchSizeError, Interrupted
from pytimer.failures import Failure
from pytimer.plan import BatchSizePlan, Strategy, choose
from pytimer.probing import MakeInputs, Probe, Prober
from pytimer.progress import OnProgress, Progress
from pytimer.search import sizes_to_try
from pytimer.workload import Model, Subject, Workload, prepared

Limit = Literal["memory", "index", "cap", "rate", "time"]


@dataclass(frozen=True, slots=True)
class BatchSizeResult:
    """The largest batch size that fits, and what was tried to find it.

    Attributes:
        max_batch_size: the largest size that was tried with success.
        limit: why no larger one: "memory"; "index" (32-bit index or launch grid); "cap" (the
            largest size allowed fitted); "rate" (larger ones are no faster); "time".
        memory_limit_bytes: the memory budget that was in force; None: the device's own.
    """

    subject: Subject
    plan: BatchSizePlan
    max_batch_size: int
    limit: Limit
    memory_limit_bytes: int | None
    probes: tuple[Probe, ...]
    environment: Environment
    caveats: tuple[Caveat, ...]


def find_batch_size(
    model: Model,
    inputs: Any,
    *,
    device: str | torch.device | Device | None = None,
    strategy: str = Strategy.BINARY,
    max_batch_size: int | None = None,
    memory_limit_bytes: int | None = None,
    min_rate_gain: float | None = None,
    max_seconds: float | None = None,
    make_inputs: MakeInputs | None = None,
    name: str | None = None,
    on_progress: OnProgress | None = None,
) -> BatchSizeResult:
    """Finds the largest batch size at which `model` can be called. No size is returned untested.

    Assumes that if a size fits, every smaller one does.

    Args:
        model, inputs, device, name, on_progress: as for `measure_latency`. Tensors whose dimension
            0 equals that of the first tensor are made anew for each size, in contiguous memory;
            other inputs pass unchanged.
        strategy: "binary" (doubling, then bisection) or "sequential" (one by one).
        max_batch_size: never try more; None: no cap on a GPU, 256 on the host.
        memory_limit_bytes: memory that calls may take; None: all that the GPU has, or half of the
            memory available on the host.
        min_rate_gain: stop when a larger size raises the items per second by less than this
            fraction; None: never.
        max_seconds: stop probing after this long; None: never.
        make_inputs: returns the inputs for a batch size; replaces the rule above.

    Raises:
        PlanError, DeviceUnavailableError: as for `measure_latency`.
        BatchSizeError: batch size 1 does not fit, or a call failed for another reason than its
            size; `probes` has what was tried.
        Interrupted: Ctrl-C; likewise.
    """
    plan = BatchSizePlan(
        choose(Strategy, "strategy", strategy),
        max_batch_size,
        memory_limit_bytes,
        min_rate_gain,
        max_seconds,
    )
    with prepared(model, inputs, device, name) as workload:
        return search_batch_size(workload, plan, make_inputs, on_progress)


def search_batch_size(
    workload: Workload,
    plan: BatchSizePlan,
    make_inputs: MakeInputs | None,
    on_progress: OnProgress | None,
) -> BatchSizeResult:
    """`find_batch_size` for a prepared workload."""
    if make_inputs is None:
        _ = workload.batch_size  # raises PlanError where the inputs have no batch dimension
    environment = capture(workload.device)
    prober = Prober(workload, make_inputs, plan.memory_limit_bytes, plan.calls_per_probe)
    probes: list[Probe] = []
    try:
        limit = _probe_until_known(workload, plan, prober, probes, on_progress)
    except KeyboardInterrupt:
        raise Interrupted(probes=tuple(probes)) from None
    largest = _largest(probes)
    if largest is None:
        raise BatchSizeError(
            f"{workload.name} does not fit on {workload.device.name} at batch size 1: "
            f"{probes[0].error}; free memory, raise the memory limit or use a smaller input",
            tuple(probes),
        )
    return BatchSizeResult(
        subject=workload.subject,
        plan=plan,
        max_batch_size=largest.batch_size,
        limit=limit,
        memory_limit_bytes=prober.memory_limit_bytes,
        probes=tuple(probes),
        environment=environment,
        caveats=_caveats(plan, limit, largest),
    )


def _probe_until_known(
    workload: Workload,
    plan: BatchSizePlan,
    prober: Prober,
    probes: list[Probe],
    on_progress: OnProgress | None,
) -> Limit:
    """Appends to `probes` until the answer is known; returns what limits it."""
    began = time.monotonic()
    sizes = sizes_to_try(
        plan.strategy, plan.max_batch_size or workload.device.default_max_batch_size
    )
    limit: Limit = "cap"
    size = next(sizes)
    while True:
        largest = _largest(probes)
        probe = prober.probe(size)
        probes.append(probe)
        if on_progress is not None:
            note = f"{size} {'fits' if probe.failure is None else 'does not fit'}"
            on_progress(Progress("batch size", len(probes), None, note))
        if probe.failure is Failure.OTHER:
            raise BatchSizeError(
                f"{workload.name} failed at batch size {size} for another reason than its size: "
                f"{probe.error}",
                tuple(probes),
            )
        if probe.failure is not None:
            limit = "memory" if probe.failure is Failure.MEMORY else "index"
        elif _hardly_faster(largest, probe, plan.min_rate_gain):
            return "rate"
        try:
            size = sizes.send(probe.failure is None)
        except StopIteration:
            return limit
        if plan.max_seconds is not None and time.monotonic() - began > plan.max_seconds:
            return "time"


def _largest(probes: list[Probe]) -> Probe | None:
    fitted = [probe for probe in probes if probe.failure is None]
    return max(fitted, key=lambda probe: probe.batch_size, default=None)


def _hardly_faster(before: Probe | None, probe: Probe, min_gain: float | None) -> bool:
    if min_gain is None or before is None:
        return False
    if before.items_per_s is None or probe.items_per_s is None:
        return False
    return probe.items_per_s < (1 + min_gain) * before.items_per_s


def _caveats(plan: BatchSizePlan, limit: Limit, largest: Probe) -> tuple[Caveat, ...]:
    if limit == "cap" and plan.max_batch_size is None:
        message = f"the search stopped at its default cap, {largest.batch_size}: larger sizes fit"
        remedy = "set max_batch_size (--max-batch-size) to search further"
        return (Caveat("batch-size-capped", message, remedy),)
    if limit == "time":
        message = f"the search ran out of time at batch size {largest.batch_size}"
        return (Caveat("search-out-of-time", message, "raise max_seconds"),)
    return ()
