"""The largest batch size that fits."""

from __future__ import annotations

import math
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any, Literal

import torch

from pytimer import require
from pytimer.caveats import Caveat
from pytimer.devices import Device
from pytimer.environment import Environment, capture
from pytimer.errors import BatchSizeError, Interrupted, PyTimerError
from pytimer.model_setup import Setup
from pytimer.plan import BatchSizePlan, Strategy, choose
from pytimer.probing import (
    Failure,
    MakeInputs,
    Outcome,
    OutOfTimeError,
    Probe,
    ProbePlan,
    Prober,
    open_prober,
    tries,
)
from pytimer.progress import OnProgress, Progress, knowing
from pytimer.units import mebibytes
from pytimer.workload import ModelOrPath, Subject, Workload, prepared

Limit = Literal["memory", "index", "died", "cap", "time", "interrupted"]


@dataclass(frozen=True, slots=True)
class BatchSizeResult:
    """The largest batch size that fits, and what was tried to find it.

    Attributes:
        max_batch_size: the largest size that was tried with success.
        batch_size: the size to use: the same, or less by the margin; tried with success.
        limit: why no larger one: "memory"; "index" (32-bit index or launch grid); "died" (a larger
            one ends the process); "cap" (the largest size allowed fitted); "time"; "interrupted".
        memory_limit_bytes: the memory budget that was in force; None: the device's own.
    """

    subject: Subject
    plan: BatchSizePlan
    max_batch_size: int
    batch_size: int
    limit: Limit
    memory_limit_bytes: int | None
    probes: tuple[Probe, ...]
    environment: Environment
    caveats: tuple[Caveat, ...]

    def __post_init__(self) -> None:
        require.positive(
            max_batch_size=self.max_batch_size,
            batch_size=self.batch_size,
            memory_limit_bytes=self.memory_limit_bytes,
        )


def find_batch_size(
    model: ModelOrPath,
    inputs: Any,
    *,
    device: str | torch.device | Device | None = None,
    strategy: str = Strategy.GUIDED,
    max_batch_size: int | None = None,
    memory_limit_bytes: int | None = None,
    max_seconds: float | None = None,
    multiple_of: int = 1,
    margin: float = 0.0,
    isolate: bool | None = None,
    make_inputs: MakeInputs | None = None,
    name: str | None = None,
    setup: Setup | None = None,
    on_progress: OnProgress | None = None,
) -> BatchSizeResult:
    """Finds the largest batch size at which `model` can be called. No size is returned untested.

    Exact if it holds that where a size fits, every smaller one does; nothing else is assumed of how
    memory grows.

    Args:
        model, inputs, device, name, setup, on_progress: as for `measure_latency`. Tensors whose
            dimension 0 equals that of the first tensor are made anew for each size, in contiguous
            memory; other inputs pass unchanged.
        strategy: "guided" (memory peaks predict the limit: fewest probes), "binary" (doubling, then
            bisection) or "sequential" (one by one); all give the same answer.
        max_batch_size: never try more; None: no cap on a GPU, 256 on the host.
        memory_limit_bytes: memory that calls may take; None: all that the GPU has, or half of the
            memory available on the host.
        max_seconds: stop probing after this long; None: never.
        multiple_of: try only multiples of this.
        margin: fraction of the limit to stay away from it; `batch_size` is less by that.
        isolate: try sizes in a worker process, which may die of it. None: on the host if the model
            can be sent there, else here with a caveat; not on a GPU. True: or fail. False: here.
        make_inputs: returns the inputs for a batch size; replaces the rule above.

    Raises:
        PlanError, DeviceUnavailableError: as for `measure_latency`.
        BatchSizeError: the smallest size does not fit, or a call failed for another reason than its
            size; `probes` has what was tried.
        Interrupted: Ctrl-C; likewise, and `result` is the answer so far.
    """
    plan = BatchSizePlan(
        choose(Strategy, "strategy", strategy),
        max_batch_size,
        memory_limit_bytes,
        max_seconds,
        multiple_of,
        margin,
        isolate,
    )
    with (
        prepared(model, inputs, device, name, setup) as workload,
        opened(workload, plan, make_inputs) as (prober, caveats),
    ):
        return search_batch_size(workload, plan, prober, caveats, on_progress)


def opened(
    workload: Workload, plan: BatchSizePlan, make_inputs: MakeInputs | None
) -> AbstractContextManager[tuple[Prober, tuple[Caveat, ...]]]:
    """The prober that the plan asks for; raises PlanError where nothing says what a batch is."""
    if make_inputs is None:
        _ = workload.batch_size
    limit = plan.memory_limit_bytes
    if limit is None:
        limit = workload.device.default_memory_limit_bytes()
    probe_plan = ProbePlan(limit, plan.calls_per_probe, plan.multiple_of)
    return open_prober(workload, make_inputs, probe_plan, plan.isolate)


def search_batch_size(
    workload: Workload,
    plan: BatchSizePlan,
    prober: Prober,
    caveats: tuple[Caveat, ...],
    on_progress: OnProgress | None,
) -> BatchSizeResult:
    """`find_batch_size` for a prepared workload; `caveats` are those of the prober."""
    environment = capture(workload.device)
    tell = knowing(on_progress, lambda _: result("interrupted"))
    search = _Search(workload, plan, prober, tell)

    def result(limit: Limit) -> BatchSizeResult | None:
        largest = search.largest
        if largest is None:
            return None
        return BatchSizeResult(
            subject=workload.subject,
            plan=plan,
            max_batch_size=largest,
            batch_size=search.within_margin,
            limit=limit,
            memory_limit_bytes=prober.memory_limit_bytes,
            probes=tuple(search.probes),
            environment=environment,
            caveats=(*caveats, *_caveats(plan, limit, largest, prober)),
        )

    try:
        found = result(search.run())
    except KeyboardInterrupt:
        raise Interrupted(probes=tuple(search.probes), result=result("interrupted")) from None
    except PyTimerError as error:
        error.result = result("interrupted")
        raise
    if found is None:
        raise _nothing_fits(workload, plan, search.probes)
    return found


class _Search:
    """Probes until the answer is known; keeps every probe."""

    def __init__(
        self,
        workload: Workload,
        plan: BatchSizePlan,
        prober: Prober,
        on_progress: OnProgress | None,
    ) -> None:
        self.probes: list[Probe] = []
        self._workload = workload
        self._plan = plan
        self._prober = prober
        self._on_progress = on_progress
        self._fits: dict[int, bool] = {}  # by the last probe of each size
        self._limit: Limit = "memory"
        seconds = plan.max_seconds
        self._deadline = None if seconds is None else time.monotonic() + seconds
        cap = plan.max_batch_size or workload.device.default_max_batch_size
        self._cap = None if cap is None else max(cap - cap % plan.multiple_of, plan.multiple_of)

    @property
    def largest(self) -> int | None:
        return max((size for size, fits in self._fits.items() if fits), default=None)

    @property
    def within_margin(self) -> int:
        """The largest size that fitted and keeps the margin, else the smallest that fitted."""
        fitting = sorted(size for size, fits in self._fits.items() if fits)
        return max((size for size in fitting if size <= self._wanted()), default=fitting[0])

    def run(self) -> Limit:
        """Returns what limits the batch size."""
        try:
            self._follow_strategy()
            if self._prober.in_worker:
                self._confirm_afresh()
            self._leave_margin()
        except OutOfTimeError:
            return "time"
        return "cap" if self._is_capped(self.largest or 0) else self._limit

    def _follow_strategy(self) -> None:
        unit = self._plan.multiple_of
        steps = tries(self._plan.strategy, None if self._cap is None else self._cap // unit)
        step = next(steps)
        while True:
            predicted = None if step.predicted is None else step.predicted * unit
            probe = self._probe(step.size * unit, predicted)
            try:
                step = steps.send(Outcome(probe.fitted, self._share(probe)))
            except StopIteration:
                return

    def _confirm_afresh(self) -> None:
        """Asks fresh workers: what a used one still holds might decide at the limit."""
        unit, size = self._plan.multiple_of, self.largest
        while size and not self._fits_afresh(size):
            size -= unit
        while size and not self._is_capped(size) and self._fits_afresh(size + unit):
            size += unit

    def _leave_margin(self) -> None:
        size, unit = self._wanted(), self._plan.multiple_of
        while size > unit and not self._fits.get(size) and not self._probe(size, None).fitted:
            size -= unit

    def _wanted(self) -> int:
        """The largest size less the margin, a multiple as asked for."""
        unit = self._plan.multiple_of
        wanted = math.floor((self.largest or 0) * (1 - self._plan.margin) + 1e-9)
        return max(wanted // unit * unit, unit)

    def _fits_afresh(self, size: int) -> bool:
        self._prober.start_afresh()
        return self._probe(size, None, afresh=True).fitted

    def _is_capped(self, size: int) -> bool:
        return self._cap is not None and size >= self._cap

    def _probe(self, size: int, predicted: int | None, *, afresh: bool = False) -> Probe:
        if self._deadline is not None and self.probes and time.monotonic() > self._deadline:
            raise OutOfTimeError
        self._tell(f"trying {size}")
        smaller_fitted = any(fits for one, fits in self._fits.items() if one < size)
        probe = self._prober.probe(size, smaller_fitted=smaller_fitted, deadline=self._deadline)
        probe = replace(probe, predicted=predicted, afresh=afresh)
        self.probes.append(probe)
        self._fits[size] = probe.fitted
        self._tell(f"tried {size}", line_of(probe))
        check_is_a_limit(self._workload, probe, smaller_fitted, tuple(self.probes))
        if probe.failure is not None:
            self._limit = _LIMITS[probe.failure]
        return probe

    def _share(self, probe: Probe) -> float | None:
        """Of the memory that there is."""
        capacity = self._prober.capacity_bytes
        if not probe.fitted or probe.peak_bytes is None or not capacity:
            return None
        return probe.peak_bytes / capacity

    def _tell(self, note: str, finding: str = "") -> None:
        if self._on_progress is not None:
            self._on_progress(Progress("batch size", len(self.probes), None, note, finding))


_LIMITS: dict[Failure, Limit] = {
    Failure.MEMORY: "memory",
    Failure.INDEX: "index",
    Failure.DIED: "died",
}


def check_is_a_limit(
    workload: Workload, probe: Probe, smaller_fitted: bool, probes: tuple[Probe, ...]
) -> None:
    """Raises BatchSizeError with the probes where one failed for another reason than its size."""
    died_at_once = probe.failure is Failure.DIED and not smaller_fitted
    if probe.failure is Failure.OTHER or died_at_once:
        raise BatchSizeError(
            f"{workload.name} failed at batch size {probe.batch_size} for another reason than its "
            f"size: {probe.error}",
            probes,
        )


def line_of(probe: Probe) -> str:
    """One probe in one line: size, verdict, memory, time, prediction."""
    verdict = "fits" if probe.failure is None else f"too large ({probe.failure})"
    confirming = " afresh" if probe.afresh else ""
    line = (
        f"{probe.batch_size:>6} {verdict + confirming:<22} {mebibytes(probe.peak_bytes):>8} MiB "
        f"{probe.probe_s:>7.2f} s"
    )
    return line if probe.predicted is None else f"{line}   predicted limit {probe.predicted}"


def _nothing_fits(workload: Workload, plan: BatchSizePlan, probes: list[Probe]) -> BatchSizeError:
    if not probes:
        return BatchSizeError(f"no batch size could be tried in {plan.max_seconds} s; allow more")
    smallest = min(probes, key=lambda probe: probe.batch_size)
    return BatchSizeError(
        f"{workload.name} does not fit on {workload.device.name} at batch size "
        f"{smallest.batch_size}: {smallest.error}; free memory, raise the memory limit or use a "
        "smaller input",
        tuple(probes),
    )


def _caveats(plan: BatchSizePlan, limit: Limit, largest: int, prober: Prober) -> tuple[Caveat, ...]:
    found = [
        Caveat(
            "worker-killed",
            f"{death}; the size was tried again in a new one",
            "look for what killed it (the kernel's out-of-memory killer, a job limit)",
        )
        for death in prober.deaths
    ]
    if limit == "cap" and plan.max_batch_size is None:
        message = f"the search stopped at its default cap, {largest}: larger sizes may fit"
        remedy = "set max_batch_size (--max-batch-size) to search further"
        found.append(Caveat("batch-size-capped", message, remedy))
    if limit == "time":
        message = f"the search ran out of time at batch size {largest}: larger ones may fit"
        found.append(Caveat("search-out-of-time", message, "raise max_seconds (--max-seconds)"))
    return tuple(found)
