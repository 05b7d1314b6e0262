"""Latency, rate and memory over batch sizes, and the batch sizes worth knowing."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import torch

from pytimer import measure, require, statistics
from pytimer.batch_size import (
    BatchSizeResult,
    check_is_a_limit,
    line_of,
    opened,
    search_batch_size,
)
from pytimer.caveats import Caveat
from pytimer.checks import caveats_of_environment, compiled_while_timed
from pytimer.devices import Device
from pytimer.ending import ProcessEndedError, incomplete
from pytimer.environment import Environment, capture
from pytimer.errors import (
    AcceleratorError,
    BatchSizeError,
    CallError,
    CudaError,
    Interrupted,
    PlanError,
    PyTimerError,
)
from pytimer.model_setup import Setup
from pytimer.plan import (
    BatchSizePlan,
    LatencyPlan,
    Loop,
    Strategy,
    SweepPlan,
    ThroughputPlan,
    choose,
)
from pytimer.probing import Failure, MakeInputs, Probe, Prober, classify, sized
from pytimer.progress import OnProgress, Progress, knowing
from pytimer.samples import FloatArray, Samples
from pytimer.workload import ModelOrPath, Subject, Workload, prepared

TOLERANCE = 0.05
"""The knee is the smallest batch size whose rate is within this fraction of the best."""

SCAN_CALLS = 3
"""Pipelined calls, after as many untimed ones, that show where the fastest sizes are."""

REFINEMENTS = 2
"""How often sizes between the fastest and its neighbours are added."""


@dataclass(frozen=True, slots=True)
class Block:
    """Pipelined calls in one wall window."""

    calls: int
    window_s: float

    def __post_init__(self) -> None:
        require.positive(calls=self.calls, window_s=self.window_s)


@dataclass(frozen=True, slots=True)
class SweepPoint:
    """One batch size.

    Attributes:
        probe: whether it fits, and the memory it takes.
        latency: isolated calls, a round for each round of the sweep; None where it does not fit.
        blocks: pipelined calls, one window for each round.
    """

    batch_size: int
    probe: Probe
    latency: Samples | None
    blocks: tuple[Block, ...]

    def __post_init__(self) -> None:
        require.positive(batch_size=self.batch_size)

    @property
    def items_per_s(self) -> float | None:
        """All items ÷ the seconds of all windows; None where it does not fit."""
        window_s = sum(block.window_s for block in self.blocks)
        return self.batch_size * sum(b.calls for b in self.blocks) / window_s if window_s else None

    @property
    def items_per_s_interval(self) -> tuple[float, float] | None:
        """95 % confidence interval of the rate, Student's t over the rounds; None below 2."""
        return _ratios(np.log(self._rates())) if self.blocks else None

    def latency_s(self, p: float) -> float | None:
        """The percentile at fraction `p` of the latency, seconds; None where n < 1 / (1 - p)."""
        return None if self.latency is None else statistics.percentile(self.latency.latency_s, p)

    def rate_over(self, other: SweepPoint) -> tuple[float, tuple[float, float] | None]:
        """This rate ÷ the other's, from the rounds in pairs, and its 95 % interval."""
        rounds = min(len(self.blocks), len(other.blocks))
        logs = np.log(self._rates()[:rounds] / other._rates()[:rounds])
        return math.exp(float(np.mean(logs))), _ratios(logs)

    def _rates(self) -> FloatArray:
        return np.array([self.batch_size * block.calls / block.window_s for block in self.blocks])


def _ratios(logs: FloatArray) -> tuple[float, float] | None:
    """The interval over rounds of what has these logarithms; None with one round."""
    bounds = statistics.interval_of_rounds(logs).bounds
    return None if bounds is None else (math.exp(bounds[0]), math.exp(bounds[1]))


@dataclass(frozen=True, slots=True)
class SweepResult:
    """Latency, rate and memory over batch sizes.

    Attributes:
        points: by batch size, those that do not fit included.
        search: how the memory limit was found; None where the sizes were given.
    """

    subject: Subject
    plan: SweepPlan
    points: tuple[SweepPoint, ...]
    search: BatchSizeResult | None
    environment: Environment
    caveats: tuple[Caveat, ...]

    @property
    def measured(self) -> tuple[SweepPoint, ...]:
        """The points that fit and have a rate."""
        return tuple(point for point in self.points if point.blocks)

    @property
    def max_batch_size(self) -> int | None:
        """The memory limit: the largest size that fits; None where it was not searched for."""
        return None if self.search is None else self.search.max_batch_size

    @property
    def largest(self) -> SweepPoint:
        """The largest size that was measured: the article's rule of thumb."""
        return max(self.measured, key=lambda point: point.batch_size)

    @property
    def fastest(self) -> SweepPoint:
        """The size with the best rate."""
        return max(self.measured, key=lambda point: point.items_per_s or 0.0)

    @property
    def knee(self) -> SweepPoint:
        """The smallest size whose rate is within 5 % of the best."""
        best = self.fastest
        enough = [p for p in self.measured if p.rate_over(best)[0] >= 1 - TOLERANCE]
        return min([*enough, best], key=lambda point: point.batch_size)

    @property
    def knee_in_doubt(self) -> tuple[int, ...]:
        """Other sizes that may be the knee: their intervals, or its own, reach across the 5 %."""
        best, knee = self.fastest, self.knee
        doubted = []
        for point in self.measured:
            interval = point.rate_over(best)[1]
            if point is best or interval is None:
                continue
            low, high = interval
            if point.batch_size < knee.batch_size and high >= 1 - TOLERANCE:
                doubted.append(point.batch_size)
            if point is knee and low < 1 - TOLERANCE:
                larger = [p.batch_size for p in self.measured if p.batch_size > knee.batch_size]
                doubted += larger[:1]
        return tuple(doubted)

    @property
    def best_within(self) -> SweepPoint | None:
        """The fastest size whose latency percentile keeps the bound; None without one, or where
        none keeps it."""
        bound = self.plan.max_latency_s
        if bound is None:
            return None
        kept = []
        for point in self.measured:
            latency_s = point.latency_s(self.plan.percentile)
            if latency_s is not None and latency_s <= bound:
                kept.append(point)
        return max(kept, key=lambda point: point.items_per_s or 0.0, default=None)


def sweep(
    model: ModelOrPath,
    inputs: Any,
    *,
    device: str | torch.device | Device | None = None,
    batch_sizes: Sequence[int] | Literal["auto"] = "auto",
    max_latency_s: float | None = None,
    percentile: float = 0.99,
    rounds: int = 5,
    repetitions: int = 100,
    batches: int = 100,
    warm_up: int = 2,
    seconds_per_size: float = 4.0,
    loop: str = Loop.NATIVE,
    strategy: str = Strategy.GUIDED,
    max_batch_size: int | None = None,
    memory_limit_bytes: int | None = None,
    isolate: bool | None = None,
    make_inputs: MakeInputs | None = None,
    name: str | None = None,
    setup: Setup | None = None,
    on_progress: OnProgress | None = None,
) -> SweepResult:
    """Measures latency, items per second and memory of `model` over batch sizes.

    All sizes are measured in turn, several times, so that what drifts is in all of them.

    Args:
        model, inputs, device, name, setup, on_progress: as for `measure_latency`.
        batch_sizes: sizes to measure; "auto": powers of two up to the largest that fits, found by
            `find_batch_size`, that one, and more around the fastest.
        max_latency_s: bound on the latency, seconds; the result has the fastest size within it.
        percentile: fraction; of the latency that the bound is for.
        rounds: how often the sizes are gone through.
        repetitions, batches: isolated and pipelined calls of each size, over all rounds.
        warm_up: calls of each size in each round before it is measured.
        seconds_per_size: make fewer calls where they would take longer in all; not where the
            percentile of a latency near the bound needs them.
        loop: "native" (C++) or "python".
        strategy, max_batch_size, memory_limit_bytes, isolate, make_inputs: as for
            `find_batch_size`.

    Raises:
        As `measure_latency` and `find_batch_size`.
        BatchSizeError: none of the sizes fits.
        Interrupted: Ctrl-C; `result` is what has been measured.
    """
    plan = SweepPlan(
        None if batch_sizes == "auto" else tuple(sorted(set(batch_sizes))),
        choose(Loop, "loop", loop),
        rounds,
        repetitions,
        batches,
        warm_up,
        seconds_per_size,
        max_latency_s,
        percentile,
    )
    search_plan = BatchSizePlan(
        choose(Strategy, "strategy", strategy), max_batch_size, memory_limit_bytes, isolate=isolate
    )
    if plan.batch_sizes is not None and max_batch_size is not None:
        raise PlanError(
            "max_batch_size is for batch_sizes auto, got batch_sizes "
            f"{', '.join(map(str, plan.batch_sizes))} as well; leave one out"
        )
    with prepared(model, inputs, device, name, setup) as workload:
        return sweep_by_plan(workload, plan, search_plan, make_inputs, on_progress)


def sweep_by_plan(
    workload: Workload,
    plan: SweepPlan,
    search_plan: BatchSizePlan,
    make_inputs: MakeInputs | None,
    on_progress: OnProgress | None,
) -> SweepResult:
    """`sweep` for a prepared workload, with the search before it where one is needed."""
    with opened(workload, search_plan, make_inputs) as (prober, caveats):
        search = None
        if plan.batch_sizes is None:
            search = search_batch_size(workload, search_plan, prober, caveats, on_progress)
        return sweep_of(workload, plan, prober, make_inputs, on_progress, search, caveats)


def sweep_of(
    workload: Workload,
    plan: SweepPlan,
    prober: Prober,
    make_inputs: MakeInputs | None,
    on_progress: OnProgress | None,
    search: BatchSizeResult | None,
    caveats: tuple[Caveat, ...] = (),
) -> SweepResult:
    """`sweep` for a prepared workload; `search` is None where the plan names the sizes."""
    environment = capture(workload.device)
    tell = knowing(on_progress, lambda _: known(ProcessEndedError()))
    curve = _Curve(workload, plan, prober, make_inputs, tell, search)

    def result(*ended: Caveat) -> SweepResult:
        return SweepResult(
            subject=workload.subject,
            plan=plan,
            points=curve.points(),
            search=search,
            environment=environment,
            caveats=(
                *ended,
                *caveats,
                *compiled_while_timed(curve.compilations, "rounds"),
                *caveats_of_environment(environment),
            ),
        )

    def known(error: BaseException) -> SweepResult | None:
        if not curve.points() and search is None:
            return None
        return result(incomplete(error, curve.rounds, plan.rounds, "round"))

    try:
        curve.measure()
    except KeyboardInterrupt as error:
        raise Interrupted(probes=curve.probes, result=known(error)) from None
    except PyTimerError as error:
        error.result = known(error)
        raise
    found = result()
    if not found.measured:
        raise BatchSizeError(
            f"none of the batch sizes {', '.join(map(str, plan.batch_sizes or ()))} fits: "
            f"{curve.probes[0].error}; name smaller ones",
            curve.probes,
        )
    return found


@dataclass(slots=True)
class _Size:
    """What one batch size has shown so far."""

    probe: Probe
    call_s: float = 0.0
    latency: list[Samples] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)


class _Curve:
    """Measures the sizes; keeps everything."""

    def __init__(
        self,
        workload: Workload,
        plan: SweepPlan,
        prober: Prober,
        make_inputs: MakeInputs | None,
        on_progress: OnProgress | None,
        search: BatchSizeResult | None,
    ) -> None:
        self._workload = workload
        self._plan = plan
        self._prober = prober
        self._make_inputs = make_inputs
        self._on_progress = on_progress
        self._sizes: dict[int, _Size] = {}
        self._known = {probe.batch_size: probe for probe in search.probes} if search else {}
        self._search = search
        self.compilations = 0  # while calls were timed
        self.rounds = 0  # that are over

    def points(self) -> tuple[SweepPoint, ...]:
        return tuple(
            SweepPoint(
                batch_size,
                size.probe,
                Samples.joined(size.latency) if size.latency else None,
                tuple(size.blocks),
            )
            for batch_size, size in sorted(self._sizes.items())
        )

    @property
    def probes(self) -> tuple[Probe, ...]:
        return tuple(size.probe for size in self._sizes.values())

    def measure(self) -> None:
        wanted = self._plan.batch_sizes or self._ladder()
        self._tell("looking", 0)
        for batch_size in wanted:
            self._look_at(batch_size)
        if self._plan.batch_sizes is None:
            for _ in range(REFINEMENTS):
                for batch_size in self._around_the_fastest():
                    self._look_at(batch_size)
        for number in range(self._plan.rounds):
            for batch_size, size in sorted(self._sizes.items()):
                self._tell(f"round {number + 1} of {self._plan.rounds}, size {batch_size}", number)
                if size.probe.fitted:
                    self._unless_too_large(batch_size, self._measure_round)
            self.rounds += 1
        self._tell("", self._plan.rounds)

    def _ladder(self) -> list[int]:
        """Powers of two times the unit up to the largest that fits, and that one."""
        assert self._search is not None, "without given sizes there was a search"
        unit, largest = self._search.plan.multiple_of, self._search.batch_size
        steps = range(int(math.log2(largest // unit)) + 1)
        return sorted({*(unit * 2**step for step in steps), largest})

    def _around_the_fastest(self) -> list[int]:
        """The sizes midway between the fastest so far and its neighbours."""
        looked = sorted(b for b, size in self._sizes.items() if size.call_s > 0)
        if not looked:
            return []
        unit = self._search.plan.multiple_of if self._search else 1
        best = looked.index(max(looked, key=lambda b: b / self._sizes[b].call_s))
        near = looked[max(best - 1, 0) : best + 2]
        middles = [(a + b) // 2 // unit * unit for a, b in pairwise(near)]
        return [middle for middle in middles if middle and middle not in self._sizes]

    def _look_at(self, batch_size: int) -> None:
        """Whether it fits, and about how fast it is."""
        probe = self._known.get(batch_size) or self._probe(batch_size)
        self._sizes[batch_size] = _Size(probe)
        if probe.fitted:
            self._unless_too_large(batch_size, self._scan)

    def _unless_too_large(self, batch_size: int, measure_it: Callable[[int], None]) -> None:
        """What fitted when it was tried may not fit beside what is in this process."""
        try:
            measure_it(batch_size)
        except (CallError, CudaError, AcceleratorError) as error:
            failure = classify(error, smaller_fitted=True)
            if failure is Failure.OTHER:
                raise
            probe = replace(self._sizes[batch_size].probe, failure=failure, error=str(error))
            self._sizes[batch_size] = _Size(probe)

    def _scan(self, batch_size: int) -> None:
        size = self._sizes[batch_size]
        plan = ThroughputPlan(batch_size, SCAN_CALLS, self._plan.loop, SCAN_CALLS)
        series = measure.throughput(self._sized(batch_size), plan, None)
        assert series.window_s is not None, "pipelined calls have a window"
        size.call_s = series.window_s / SCAN_CALLS

    def _probe(self, batch_size: int) -> Probe:
        smaller = any(b < batch_size and size.probe.fitted for b, size in self._sizes.items())
        probe = self._prober.probe(batch_size, smaller_fitted=smaller)
        self._tell("looking", 0, line_of(probe))
        check_is_a_limit(self._workload, probe, smaller, (*self.probes, probe))
        return probe

    def _measure_round(self, batch_size: int) -> None:
        plan, size = self._plan, self._sizes[batch_size]
        workload = self._sized(batch_size)
        latency_plan = LatencyPlan(
            loop=plan.loop, warm_up=plan.warm_up, repetitions=self._repetitions(size.call_s)
        )
        isolated = measure.latency(workload, latency_plan, None)
        size.latency.append(isolated.samples)
        calls = self._affordable(plan.batches, size.call_s)
        block_plan = ThroughputPlan(batch_size, calls, plan.loop, warm_up=0)
        block = measure.throughput(workload, block_plan, None)
        assert block.window_s is not None, "pipelined calls have a window"
        if block.window_s > 0:  # else the clock is too coarse for a rate
            size.blocks.append(Block(calls, block.window_s))
        self.compilations += isolated.compilations + block.compilations

    def _repetitions(self, call_s: float) -> int:
        """Isolated calls in a round: as many as the percentile needs where the bound is near."""
        plan = self._plan
        affordable = self._affordable(plan.repetitions, call_s)
        if plan.max_latency_s is None or call_s > 2 * plan.max_latency_s:
            return affordable
        needed = math.ceil(statistics.least_samples(plan.percentile) / plan.rounds)
        return max(affordable, needed)

    def _affordable(self, calls: int, call_s: float) -> int:
        """How many of `calls` calls a round may make; half of the time is for each kind."""
        seconds = self._plan.seconds_per_size / 2
        in_all = min(calls, int(seconds / call_s) if call_s > 0 else calls)
        return max(math.ceil(in_all / self._plan.rounds), 1)

    def _sized(self, batch_size: int) -> Workload:
        return sized(self._workload, batch_size, self._make_inputs)

    def _tell(self, note: str, done: int, finding: str = "") -> None:
        if self._on_progress is not None:
            self._on_progress(Progress("sweep", done, self._plan.rounds, note, finding))
