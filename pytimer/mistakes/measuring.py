"""The mistakes on one model: in a cold process, side by side, and over batch sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from pytimer.caveats import Caveat
from pytimer.checks import caveats_of_environment
from pytimer.curve import SweepPoint, SweepResult, sweep_by_plan
from pytimer.devices import Device
from pytimer.ending import ProcessEndedError, incomplete
from pytimer.environment import capture
from pytimer.errors import Interrupted, PyTimerError
from pytimer.mistakes.cold import cold_start
from pytimer.mistakes.names import NAMES, MistakeName
from pytimer.mistakes.result import Arm, ColdStart, Mistake, MistakesResult
from pytimer.mistakes.side_by_side import SideBySide
from pytimer.model_setup import Setup
from pytimer.plan import BatchSizePlan, Call, MistakesPlan, SweepPlan
from pytimer.probing import MakeInputs
from pytimer.progress import OnProgress, Progress, knowing
from pytimer.workload import ModelOrPath, Workload, prepared

_SWEEP_ROUNDS = 5


def measure_mistakes(
    model: ModelOrPath,
    inputs: Any,
    *,
    device: str | torch.device | Device | None = None,
    repetitions: int = 100,
    rounds: int = 10,
    warm_up: int = 10,
    batch_sizes: Sequence[int] = (1, 2, 4, 8, 16),
    seed: int = 0,
    make_inputs: MakeInputs | None = None,
    name: str | None = None,
    setup: Setup | None = None,
    on_progress: OnProgress | None = None,
) -> MistakesResult:
    """Makes the article's mistakes, and those it implies, beside the correct measurement.

    Every way calls the model from Python. What the device or the model cannot show, and what fails,
    has the reason in its row. Modes, buffers and random numbers are afterwards as they were.

    Args:
        model, inputs, device, name, setup, on_progress: as for `measure_latency`.
        repetitions: samples of each way, over all rounds.
        rounds: of all ways in turn, in random order; intervals are over them.
        warm_up: calls of each way before the first round.
        batch_sizes: among which the largest is compared with the fastest; those that do not fit are
            left out.
        seed: of the order.
        make_inputs: as for `find_batch_size`.

    Raises:
        As `measure_latency`, where the correct way fails; `result` is what is known by then.
        Interrupted: Ctrl-C; likewise.
    """
    plan = MistakesPlan(repetitions, rounds, warm_up, tuple(sorted(set(batch_sizes))), seed)
    with prepared(model, inputs, device, name, setup) as workload:
        tell = knowing(on_progress, lambda _: job.known(ProcessEndedError()))
        job = _Job(replace(workload, call_plan=Call.EAGER), plan, make_inputs, tell)
        try:
            job.measure()
        except KeyboardInterrupt as interruption:
            raise Interrupted(result=job.known(interruption)) from None
        except PyTimerError as error:
            error.result = job.known(error)
            raise
        return job.result()


class _Job:
    """Measures all; keeps what is known."""

    def __init__(
        self,
        workload: Workload,
        plan: MistakesPlan,
        make_inputs: MakeInputs | None,
        on_progress: OnProgress | None,
    ) -> None:
        self._workload = workload
        self._plan = plan
        self._make_inputs = make_inputs
        self._on_progress = on_progress
        self._environment = capture(workload.device)
        self._side_by_side = SideBySide(workload, plan, on_progress)
        self._cold: ColdStart | None = None
        self._sweep: SweepResult | None = None
        self._missing: dict[MistakeName, str] = {}

    def measure(self) -> None:
        self._start_cold()
        self._side_by_side.measure()
        self._sweep_batch_sizes()

    def known(self, error: BaseException) -> MistakesResult | None:
        """The result that `error` has cut short; None where nothing has been measured."""
        result = self.result(
            incomplete(error, self._side_by_side.rounds, self._plan.rounds, "round")
        )
        return result if any(row.missing is None for row in result.rows) else None

    def result(self, *ended: Caveat) -> MistakesResult:
        missing = dict.fromkeys(NAMES, "it was not reached") | self._missing
        missing |= self._side_by_side.missing
        rows = {name: Mistake(name, missing=missing[name]) for name in NAMES}
        rows |= self._side_by_side.rows()
        if self._cold is not None:
            rows["no-warm-up"] = _without_warm_up(self._cold)
        if self._sweep is not None:
            rows["largest-batch"] = _at_the_largest(self._sweep)
        return MistakesResult(
            subject=self._workload.subject,
            plan=self._plan,
            rows=tuple(rows[name] for name in NAMES),
            cold=self._cold,
            sweep=self._sweep,
            environment=self._environment,
            caveats=(*ended, *caveats_of_environment(self._environment)),
        )

    def _start_cold(self) -> None:
        """First, before this process has woken the machine."""
        calls = self._plan.warm_up + self._plan.repetitions

        def tell(done: int, note: str = "") -> None:
            if self._on_progress is not None:
                self._on_progress(Progress("cold start", done, calls, note))

        tell(0)
        try:
            self._cold = cold_start(self._workload, self._plan, lambda note: tell(1, note))
        except PyTimerError as error:
            self._missing["no-warm-up"] = str(error)
        tell(calls)

    def _sweep_batch_sizes(self) -> None:
        # Of the sweep only the rates are used: one isolated call of each size in a round.
        sizes, rounds = self._plan.batch_sizes, _SWEEP_ROUNDS
        plan = SweepPlan(sizes, rounds=rounds, repetitions=rounds)
        try:
            self._sweep = sweep_by_plan(
                self._workload, plan, BatchSizePlan(), self._make_inputs, self._on_progress
            )
        except Interrupted as error:
            self._sweep = error.result
            raise
        except PyTimerError as error:
            self._missing["largest-batch"] = str(error)


def _without_warm_up(cold: ColdStart) -> Mistake:
    """As many samples from the very first on, as there are after the warm-up."""
    latency_s = cold.samples.latency_s
    steady = latency_s[cold.warm_up :]
    return Mistake("no-warm-up", "call", Arm(steady), Arm(latency_s[: len(steady)]))


def _at_the_largest(sweep: SweepResult) -> Mistake:
    if len(sweep.measured) < 2:
        return Mistake("largest-batch", missing="fewer than two batch sizes were measured")
    return Mistake("largest-batch", "item", _per_item(sweep.fastest), _per_item(sweep.largest))


def _per_item(point: SweepPoint) -> Arm:
    items_s = [block.window_s / (block.calls * point.batch_size) for block in point.blocks]
    return Arm.of_rounds([np.array([item_s]) for item_s in items_s])
