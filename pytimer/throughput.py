"""How many items the model processes in a second."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import torch

from pytimer import measure, require, statistics
from pytimer.caveats import Caveat
from pytimer.checks import caveats_of
from pytimer.curve import SweepResult, sweep_by_plan
from pytimer.devices import Device
from pytimer.environment import Environment, capture
from pytimer.errors import Interrupted, PlanError, PyTimerError
from pytimer.flop import work_of
from pytimer.keeping import samples_taken
from pytimer.model_setup import Setup
from pytimer.plan import (
    BatchSizePlan,
    Extras,
    Loop,
    Mode,
    Strategy,
    SweepPlan,
    ThroughputPlan,
    choose,
)
from pytimer.probing import MakeInputs, sized
from pytimer.progress import OnProgress, knowing
from pytimer.samples import Samples
from pytimer.series import Series
from pytimer.work import Energy, Work
from pytimer.workload import ModelOrPath, Subject, Workload, prepared

BLOCKS = 10
"""Into which the window is cut to see how much the rate varies."""


@dataclass(frozen=True, slots=True)
class ThroughputResult:
    """The throughput of a model at one batch size.

    Attributes:
        batch_size: items in one call.
        window_s: from the first call until the device was idle after the last, seconds.
        samples: one entry per call inside the window, in the order in which calls were finished;
            host time is absent on a device, where no call is waited for.
        compile_s: as of a `LatencyResult`.
        copied_bytes: copied from the host for each call; None where inputs were in place.
        speed_up: how many times the work of one thread all did; None where there was one.
        sweep: how the batch size was found; None where it was given.
        work: FLOP of one call, the peak of the device, energy; None in a file of a C++ harness.
    """

    subject: Subject
    plan: ThroughputPlan
    batch_size: int
    window_s: float
    samples: Samples
    warm_up: Samples
    compile_s: float | None
    copied_bytes: int | None
    speed_up: float | None
    sweep: SweepResult | None
    work: Work | None
    environment: Environment
    caveats: tuple[Caveat, ...]

    def __post_init__(self) -> None:
        require.positive(batch_size=self.batch_size, window_s=self.window_s, speed_up=self.speed_up)
        require.of_one_length(samples=self.samples.latency_s)

    @property
    def items_per_s(self) -> float:
        """Batches × batch size ÷ the one wall window."""
        return len(self.samples) * self.batch_size / self.window_s

    @property
    def flop_per_s(self) -> float | None:
        """The FLOP of one call × calls ÷ the window; None where they were not counted."""
        return None if self.work is None else self.work.flop_per_s(self._window_call_s)

    @property
    def utilisation(self) -> float | None:
        """That rate as a fraction of the device's peak; None where either is not known."""
        return None if self.work is None else self.work.utilisation(self._window_call_s)

    @property
    def joules_per_item(self) -> float | None:
        """What the whole device used in the window ÷ the items; None where it was not read."""
        if self.work is None or not isinstance(self.work.energy, Energy):
            return None
        return self.work.energy.joules_per_call / self.batch_size

    @property
    def _window_call_s(self) -> float:
        return self.window_s / len(self.samples)

    @property
    def items_per_s_interval(self) -> tuple[float, float] | None:
        """95 % confidence interval of that rate, over blocks of the window.

        Student's t on the time per call of 10 blocks; None where there are fewer than 20 calls.
        """
        finish_s, calls = self.samples.finish_s, len(self.samples)
        if finish_s is None or calls < 2 * BLOCKS:
            return None
        ends = np.arange(1, BLOCKS + 1) * calls // BLOCKS
        blocks_s = np.diff(finish_s[ends - 1], prepend=0.0) / np.diff(ends, prepend=0)
        bounds = statistics.interval_of_rounds(blocks_s).bounds
        if bounds is None or bounds[0] <= 0:
            return None
        return self.batch_size / bounds[1], self.batch_size / bounds[0]

    @property
    def event_items_per_s(self) -> float:
        """The article's formula: batches × batch size ÷ the sum of the calls' own times.

        On a device the sum of event intervals, which leaves out idle time between calls; on the
        host the sum of host times. With several threads calls overlap, and the sum is no time.
        """
        return len(self.samples) * self.batch_size / float(np.sum(self.samples.latency_s))


def measure_throughput(
    model: ModelOrPath,
    inputs: Any,
    *,
    device: str | torch.device | Device | None = None,
    batch_size: int | Literal["auto"] = "auto",
    batches: int = 100,
    warm_up: int = 10,
    loop: str = Loop.NATIVE,
    concurrency: int = 1,
    host_to_device: bool = False,
    strategy: str = Strategy.GUIDED,
    max_batch_size: int | None = None,
    memory_limit_bytes: int | None = None,
    isolate: bool | None = None,
    make_inputs: MakeInputs | None = None,
    name: str | None = None,
    setup: Setup | None = None,
    flop: bool = True,
    peak_flop_per_s: float | None = None,
    on_progress: OnProgress | None = None,
) -> ThroughputResult:
    """Measures how many items `model` processes in a second.

    The calls are issued without waiting in between, with one synchronisation at the end.

    Args:
        model, inputs, device, name, setup, flop, peak_flop_per_s, on_progress: as for
            `measure_latency`.
        batch_size: items in one call; "auto": the fastest that `sweep` finds up to the memory
            limit, with `strategy`, `max_batch_size`, `memory_limit_bytes` and `isolate`.
        batches: calls in the window, of all threads together.
        warm_up: calls at that batch size before the window, in each thread.
        loop: "native" (C++) or "python".
        concurrency: threads that make calls at the same time, each with a stream and inputs of its
            own.
        host_to_device: copy the inputs of each call from pinned host memory, overlapped with the
            call before; needs a CUDA device.
        make_inputs: as for `find_batch_size`.

    Raises:
        As `measure_latency` and, with "auto", `find_batch_size`. A part of a window has no rate:
        `result` of an error or of Interrupted is the sweep, or the search, so far, and None where
        the batch size was given; `samples` has the calls that were finished.
    """
    plan = ThroughputPlan(
        batch_size, batches, choose(Loop, "loop", loop), warm_up, concurrency, host_to_device
    )
    search_plan = BatchSizePlan(
        choose(Strategy, "strategy", strategy), max_batch_size, memory_limit_bytes, isolate=isolate
    )
    extras = Extras(flop=flop, peak_flop_per_s=peak_flop_per_s)
    with prepared(model, inputs, device, name, setup) as workload:
        return throughput_by_plan(workload, plan, search_plan, make_inputs, on_progress, extras)


def throughput_by_plan(
    workload: Workload,
    plan: ThroughputPlan,
    search_plan: BatchSizePlan,
    make_inputs: MakeInputs | None,
    on_progress: OnProgress | None,
    extras: Extras,
) -> ThroughputResult:
    """`measure_throughput` for a prepared workload."""
    if plan.batch_size != "auto":
        if search_plan.max_batch_size is not None or search_plan.memory_limit_bytes is not None:
            raise PlanError(
                "max_batch_size and memory_limit_bytes are for batch_size auto, got batch_size "
                f"{plan.batch_size} as well; leave one out"
            )
        return throughput_of(workload, plan, plan.batch_size, make_inputs, on_progress, extras)
    if plan.host_to_device:
        workload.with_inputs_copied_in()  # refuses now, not after a sweep
    sweep_plan = SweepPlan(loop=plan.loop)
    curve = sweep_by_plan(workload, sweep_plan, search_plan, make_inputs, on_progress)
    size = curve.fastest.batch_size
    tell = knowing(on_progress, lambda _: curve)
    try:
        result = throughput_of(workload, plan, size, make_inputs, tell, extras)
    except (Interrupted, PyTimerError) as error:
        error.result = curve
        raise
    except KeyboardInterrupt:  # before the warm-up
        raise Interrupted(result=curve) from None
    return replace(result, sweep=curve)


def throughput_of(
    workload: Workload,
    plan: ThroughputPlan,
    size: int,
    make_inputs: MakeInputs | None,
    on_progress: OnProgress | None,
    extras: Extras,
    turn: measure.Turn | None = None,
) -> ThroughputResult:
    """`measure_throughput` for a prepared workload at a size that is known."""
    workload = sized(workload, size, make_inputs).compiled_first()
    if plan.host_to_device and plan.concurrency == 1:
        workload = workload.with_inputs_copied_in()
    environment = capture(workload.device)
    series = measure.throughput(workload, plan, on_progress, turn)
    with samples_taken(series.samples, workload):
        return _judged(workload, plan, size, environment, series, extras)


def _judged(
    workload: Workload,
    plan: ThroughputPlan,
    size: int,
    environment: Environment,
    series: Series,
    extras: Extras,
) -> ThroughputResult:
    """The result of a series, with what is found out after its samples were taken."""
    assert series.window_s is not None, "pipelined calls have a window"
    speed_up = None
    if series.alone_s is not None:
        speed_up = series.alone_s * len(series.samples) / series.window_s
    evidence = replace(
        series.evidence(workload, environment, Mode.PIPELINED, wanted=plan.batches),
        threads=plan.concurrency,
        speed_up=speed_up if workload.kind == "eager" else None,
    )
    work = work_of(workload, environment, series.energy, extras)
    return ThroughputResult(
        subject=workload.subject,
        plan=plan,
        batch_size=size,
        window_s=series.window_s,
        samples=series.samples,
        warm_up=series.warm_up,
        compile_s=workload.compile_s,
        copied_bytes=workload.input_bytes if plan.host_to_device else None,
        speed_up=speed_up,
        sweep=None,
        work=work,
        environment=environment,
        caveats=(
            *caveats_of(evidence),
            *work.caveats(series.window_s / len(series.samples)),
        ),
    )
