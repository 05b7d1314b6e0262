"""What the Python loop costs beside the C++ loop, and whether that matters for a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, Literal

import numpy as np
import torch

from pytimer import measure, require, statistics
from pytimer.caveats import Caveat
from pytimer.checks import caveats_of_environment
from pytimer.devices import Device, resolve_device
from pytimer.ending import ProcessEndedError, incomplete
from pytimer.environment import Environment, capture
from pytimer.errors import Interrupted, PlanError, PyTimerError
from pytimer.keeping import keeping_samples
from pytimer.loops import Engine, make_engine
from pytimer.model_setup import AS_IT_IS, Setup
from pytimer.plan import Loop, LoopsPlan
from pytimer.progress import OnProgress, Progress
from pytimer.samples import FloatArray
from pytimer.statistics import Interval
from pytimer.units import duration
from pytimer.workload import ModelOrPath, Subject, Workload, prepared

EMPTY_REPETITIONS = 2000
"""Of a function that does nothing, in each round."""

ROUND_S = 0.1
"""Wanted length of a round of the model in one loop."""

LEAST_REPETITIONS = 5


@dataclass(frozen=True, slots=True, eq=False)
class LoopFigures:
    """What one loop cost and read, an entry per round: seconds, shape (rounds,).

    Attributes:
        harness_s: host time of a whole repetition of a function that does nothing.
        empty_host_s: of it, what the loop reads as that function's host time.
        empty_device_s: what it reads as its device time; None on the host.
        latency_s: median latency of the model; None where there was no model.
    """

    harness_s: FloatArray
    empty_host_s: FloatArray
    empty_device_s: FloatArray | None
    latency_s: FloatArray | None

    def __post_init__(self) -> None:
        arrays = {field.name: getattr(self, field.name) for field in fields(self)}
        require.of_one_length(**arrays)
        require.positive(latency_s=self.latency_s)

    @property
    def share(self) -> FloatArray | None:
        """The harness as a fraction of the model's latency, per round; None without a model."""
        return None if self.latency_s is None else self.harness_s / self.latency_s

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, LoopFigures):
            return NotImplemented
        pairs = ((getattr(self, f.name), getattr(other, f.name)) for f in fields(self))
        return all(
            one is other if one is None or other is None else np.array_equal(one, other)
            for one, other in pairs
        )


@dataclass(frozen=True, slots=True)
class LoopsResult:
    """The Python loop beside the native loop, interleaved, on the same calls.

    A model that runs without Python (an AOTInductor package, TorchScript) is called from Python in
    the Python loop, as a Python loop must; what that call costs is in the ratio.

    Attributes:
        subject: the model; of the function that does nothing where there was none.
        loops: by name, "native" and "python".
    """

    subject: Subject
    plan: LoopsPlan
    loops: Mapping[str, LoopFigures]
    environment: Environment
    caveats: tuple[Caveat, ...]

    def __post_init__(self) -> None:
        if self.loops.keys() != set(Loop):
            raise ValueError(f"loops must be {' and '.join(Loop)}, got {sorted(self.loops)}")
        require.of_one_length(native=self.native.harness_s, python=self.python.harness_s)

    @property
    def native(self) -> LoopFigures:
        return self.loops[Loop.NATIVE]

    @property
    def python(self) -> LoopFigures:
        return self.loops[Loop.PYTHON]

    @property
    def saved_s(self) -> FloatArray:
        """Host time that the native loop saves on each repetition, per round, shape (rounds,)."""
        return self.python.harness_s - self.native.harness_s

    @property
    def ratios(self) -> FloatArray | None:
        """The model's latency in the Python loop ÷ in the native loop, per round; None without."""
        if self.native.latency_s is None or self.python.latency_s is None:
            return None
        return self.python.latency_s / self.native.latency_s

    @property
    def ratio_interval(self) -> Interval | None:
        """Confidence interval of the median of these ratios."""
        return None if self.ratios is None else statistics.percentile_interval(self.ratios)

    @property
    def verdict(self) -> Literal["matters", "does not matter", "inconclusive"] | None:
        """Whether the choice of the loop matters for the latency of this model.

        It "matters" where the interval of the ratio lies outside 1 ± margin. It "does not matter"
        where it lies within, and where it holds 1 and the Python loop's whole harness is less than
        a tenth of the margin. None without a model.
        """
        interval, share = self.ratio_interval, self.python.share
        if interval is None or share is None:
            return None
        low, high = interval.bounds or (0.0, np.inf)
        least, most = 1 - self.plan.margin, 1 + self.plan.margin
        if low > most or high < least:
            return "matters"
        is_small = low <= 1 <= high and float(np.median(share)) < self.plan.margin / 10
        within = least <= low and high <= most
        return "does not matter" if within or is_small else "inconclusive"


def compare_loops(
    model: ModelOrPath | None = None,
    inputs: Any = (),
    *,
    device: str | torch.device | Device | None = None,
    rounds: int = 30,
    margin: float = 0.01,
    name: str | None = None,
    setup: Setup | None = None,
    on_progress: OnProgress | None = None,
) -> LoopsResult:
    """Measures the same calls in the Python loop and in the native loop, in turn.

    Args:
        model, inputs, device, name, setup, on_progress: as for `measure_latency`; without a model
            only a function that does nothing is called, on `device` (None: cuda if there, else
            cpu).
        rounds: of all in turn, in random order; intervals are of the medians over them.
        margin: ratios of latencies within 1 ± margin count as the same.

    Raises:
        As `measure_latency`.
    """
    plan = LoopsPlan(rounds, margin)
    if model is None:
        if inputs != () or name is not None or setup not in (None, AS_IT_IS):
            raise PlanError("inputs, name and setup go with a model; leave them out, or give one")
        where = resolve_device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        with prepared(_do_nothing, (), where, "nothing") as workload:
            return _compared(workload, None, plan, on_progress)
    with prepared(model, inputs, device, name, setup) as workload:
        nothing = Workload(_do_nothing, (((), {}),), workload.device, "nothing")
        return _compared(nothing, workload, plan, on_progress)


def _compared(
    nothing: Workload, model: Workload | None, plan: LoopsPlan, on_progress: OnProgress | None
) -> LoopsResult:
    series = [_Series(loop, workload) for workload in (nothing, model) if workload for loop in Loop]
    rng = np.random.default_rng(plan.seed)
    environment = capture(series[-1].workload.device)
    done = 0

    def known(error: BaseException) -> LoopsResult | None:
        if done == 0:
            return None
        return _result(
            series, done, plan, environment, incomplete(error, done, plan.rounds, "round")
        )

    try:
        with measure.paused_garbage_collection():
            for one in series:
                one.warm_up()
            while done < plan.rounds:
                for index in rng.permutation(len(series)):
                    series[index].measure_round()
                done += 1
                if on_progress is not None:
                    now = partial(known, ProcessEndedError())
                    note = _so_far(series)
                    on_progress(Progress("overhead", done, plan.rounds, note, known=now))
    except KeyboardInterrupt as error:
        raise Interrupted(result=known(error)) from error
    except PyTimerError as error:
        error.result = known(error)
        raise
    return _result(series, done, plan, environment)


def _result(
    series: list[_Series], rounds: int, plan: LoopsPlan, environment: Environment, *ended: Caveat
) -> LoopsResult:
    return LoopsResult(
        subject=series[-1].workload.subject,
        plan=plan,
        loops={
            loop.value: _figures(*(one for one in series if one.loop is loop), rounds=rounds)
            for loop in Loop
        },
        environment=environment,
        caveats=(*ended, *caveats_of_environment(environment)),
    )


def _so_far(series: list[_Series]) -> str:
    """What the loops read of the model, or of nothing, in the latest round."""
    latest = series[-len(Loop) :]
    return ", ".join(f"{one.loop} loop {duration(one.latency_s[-1])}" for one in latest)


class _Series:
    """The rounds of one workload in one loop."""

    def __init__(self, loop: Loop, workload: Workload) -> None:
        self.loop = loop
        self.workload = workload
        self._engine: Engine = make_engine(loop, workload)
        self._repetitions = EMPTY_REPETITIONS
        self.repetition_s: list[float] = []
        self.host_s: list[float] = []
        self.latency_s: list[float] = []

    def warm_up(self) -> None:
        self._made(LEAST_REPETITIONS)
        self._engine.take()
        repetitions = ROUND_S / max(self._made(LEAST_REPETITIONS), 1e-9)
        self._repetitions = int(np.clip(repetitions, LEAST_REPETITIONS, EMPTY_REPETITIONS))

    def measure_round(self) -> None:
        self._made(1)  # the others were at work in between
        self._engine.take()
        self.repetition_s.append(self._made(self._repetitions))
        samples = self._engine.take()
        assert samples.host_s is not None, "isolated calls have host times"
        self.host_s.append(float(np.median(samples.host_s)))
        self.latency_s.append(float(np.median(samples.latency_s)))

    def _made(self, repetitions: int) -> float:
        """Makes them; returns the host time of each, the loop's own included."""
        with keeping_samples(self._engine, self.workload, "repetition", repetitions):
            begin = self.workload.device.host_now_ns()
            self._engine.isolated(repetitions)
            return (self.workload.device.host_now_ns() - begin) / 1e9 / repetitions


def _figures(nothing: _Series, model: _Series | None = None, *, rounds: int) -> LoopFigures:
    on_device = nothing.workload.device.asynchronous
    return LoopFigures(
        harness_s=np.array(nothing.repetition_s[:rounds]),
        empty_host_s=np.array(nothing.host_s[:rounds]),
        empty_device_s=np.array(nothing.latency_s[:rounds]) if on_device else None,
        latency_s=None if model is None else np.array(model.latency_s[:rounds]),
    )


def _do_nothing() -> None:
    pass
