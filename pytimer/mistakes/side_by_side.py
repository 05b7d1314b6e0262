"""The correct way and the wrong ways in turn, round after round, so that what drifts is in all."""

from __future__ import annotations

import numpy as np

from pytimer import measure
from pytimer.errors import PyTimerError
from pytimer.keeping import keeping_samples
from pytimer.loops import NativeEngine
from pytimer.mistakes.names import ON_HOST, MistakeName
from pytimer.mistakes.result import Arm, Mistake
from pytimer.mistakes.ways import Way, wrong_ways
from pytimer.plan import MistakesPlan
from pytimer.progress import OnProgress, Progress
from pytimer.samples import FloatArray
from pytimer.units import duration
from pytimer.workload import Workload

_OF_WINDOWS: tuple[MistakeName, ...] = ("host-clock-without-sync", "sum-of-event-times")
"""Read from calls that nobody waits for."""

_SETTLING_CALLS = 1
"""Untimed, at the beginning of each round: the others were at work in between."""


class SideBySide:
    """Measures the rounds; keeps everything. A wrong way that fails is left out from then on.

    Attributes:
        missing: the mistakes that are not shown, with the reason.
    """

    def __init__(
        self, workload: Workload, plan: MistakesPlan, on_progress: OnProgress | None
    ) -> None:
        self._plan = plan
        self._on_progress = on_progress
        self.missing: dict[MistakeName, str] = {}
        self._correct = _Isolated(Way(workload))
        self._wrong: dict[MistakeName, _Isolated] = {}
        for name, way in wrong_ways(workload).items():
            if isinstance(way, Way):
                self._wrong[name] = _Isolated(way)
            else:
                self.missing[name] = way
        self._windows = _Windows(workload) if workload.device.asynchronous else None
        if self._windows is None:
            self.missing |= {name: ON_HOST[name] for name in _OF_WINDOWS}

    @property
    def rounds(self) -> int:
        """How many the correct way has been measured in."""
        return len(self._correct.rounds)

    def measure(self) -> None:
        """Raises as `measure_latency` where the correct way fails."""
        plan, rng = self._plan, np.random.default_rng(self._plan.seed)
        shares = [len(x) for x in np.array_split(range(plan.repetitions), plan.rounds)]
        with measure.paused_garbage_collection():
            for series in self._all():
                self._unless_wrong(series, plan.warm_up)
                series.forget()
            for done, calls in enumerate(shares):
                self._tell(done)
                everyone = self._all()
                for index in rng.permutation(len(everyone)):
                    self._unless_wrong(everyone[index], calls)
            self._tell(plan.rounds)

    def rows(self) -> dict[MistakeName, Mistake]:
        """The mistakes of which at least one round has been measured."""
        if not self._correct.rounds:
            return {}
        right = Arm.of_rounds(self._correct.rounds)
        means = Arm.of_rounds([np.array([mean]) for mean in right.round_means_s])
        rows = {
            name: Mistake(name, "call", right, Arm.of_rounds(series.rounds))
            for name, series in self._wrong.items()
            if series.rounds
        }
        rows["single-sample"] = Mistake("single-sample", "call", means, right)
        if self._windows is not None and self._windows.rounds:
            clock, window = Arm.of_rounds(self._windows.clock), Arm.of_rounds(self._windows.rounds)
            pairs = ((right, clock), (window, right))
            for name, (correct, mistaken) in zip(_OF_WINDOWS, pairs, strict=True):
                rows[name] = Mistake(name, "call", correct, mistaken)
        return rows

    def _all(self) -> list[_Isolated | _Windows]:
        windows = [] if self._windows is None else [self._windows]
        return [self._correct, *self._wrong.values(), *windows]

    def _unless_wrong(self, series: _Isolated | _Windows, calls: int) -> None:
        """Measures a round of it; where it fails and is a wrong way, it is left out."""
        try:
            series.measure(calls)
        except PyTimerError as error:
            if series is self._correct:
                raise
            if series is self._windows:
                self._windows = None
                self.missing |= dict.fromkeys(_OF_WINDOWS, str(error))
            for name in [name for name, wrong in self._wrong.items() if wrong is series]:
                del self._wrong[name]
                self.missing[name] = str(error)

    def _tell(self, done: int) -> None:
        if self._on_progress is not None:
            seen = self._correct.rounds[-1:]
            note = f"{duration(float(seen[0].mean()))} a call so far" if seen else ""
            self._on_progress(Progress("mistakes", done, self._plan.rounds, note))


class _Isolated:
    """The rounds of one way, each call on an idle device.

    Attributes:
        rounds: latencies, seconds.
    """

    def __init__(self, way: Way) -> None:
        self._way = way
        self._engine = NativeEngine(way.workload)
        self.rounds: list[FloatArray] = []

    def measure(self, calls: int) -> None:
        engine = self._engine
        with (
            keeping_samples(engine, self._way.workload, "repetition", calls),
            self._way.inside(),
        ):
            engine.isolated(_SETTLING_CALLS)
            engine.take()
            engine.isolated(calls)
        self.rounds.append(engine.take().latency_s)

    def forget(self) -> None:
        self.rounds.clear()


class _Windows:
    """The rounds of calls that nobody waits for; on an asynchronous device.

    Attributes:
        rounds: seconds of a call in each wall window, one figure for each.
        clock: what a host clock around each call reads, seconds.
    """

    def __init__(self, workload: Workload) -> None:
        self._workload = workload
        self._engine = NativeEngine(workload)
        self.rounds: list[FloatArray] = []
        self.clock: list[FloatArray] = []

    def measure(self, calls: int) -> None:
        engine = self._engine
        with keeping_samples(engine, self._workload, "call", calls):
            engine.isolated(_SETTLING_CALLS)
            engine.take()
            window = engine.pipelined(calls)
        enqueue_s = engine.take().enqueue_s
        assert enqueue_s is not None, "pipelined calls have enqueue times"
        self.rounds.append(np.array([window.seconds / calls]))
        self.clock.append(enqueue_s)

    def forget(self) -> None:
        self.rounds.clear()
        self.clock.clear()
