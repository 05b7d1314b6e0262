"""Two models measured live, in pairs, so that what drifts is in both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from pytimer import measure, require
from pytimer.caveats import Caveat
from pytimer.checks import caveats_of_environment, compiled_while_timed
from pytimer.devices import Device
from pytimer.ending import ProcessEndedError, incomplete
from pytimer.environment import Environment, capture
from pytimer.errors import Interrupted, PyTimerError
from pytimer.keeping import samples_taken
from pytimer.model_setup import Setup
from pytimer.plan import PairPlan
from pytimer.progress import OnProgress, knowing
from pytimer.samples import Samples
from pytimer.series import PairSeries
from pytimer.statistics import Comparison, compare_pairs
from pytimer.workload import ModelOrPath, Subject, prepared, prepared_beside


@dataclass(frozen=True, slots=True)
class ABResult:
    """How `b` compares with `a`, and the samples of both, pair by pair.

    Attributes:
        comparison: ratio b / a with its interval, and the verdict on b.
    """

    a: Subject
    b: Subject
    plan: PairPlan
    samples_a: Samples
    samples_b: Samples
    comparison: Comparison
    environment: Environment
    caveats: tuple[Caveat, ...]

    def __post_init__(self) -> None:
        a_s, b_s = self.samples_a.latency_s, self.samples_b.latency_s
        require.of_one_length(samples_a=a_s, samples_b=b_s)
        require.positive(samples_a=a_s, samples_b=b_s)


def ab(
    a: ModelOrPath,
    b: ModelOrPath,
    inputs: Any,
    *,
    device: str | torch.device | Device | None = None,
    pairs: int = 300,
    seed: int = 0,
    warm_up: int = 10,
    margin: float = 0.01,
    names: tuple[str | None, str | None] = (None, None),
    setup: Setup | None = None,
    on_progress: OnProgress | None = None,
) -> ABResult:
    """Measures two models on the same inputs in back-to-back pairs and compares them.

    One native loop alternates the calls; which of a pair comes first is drawn for each pair. Each
    call is isolated. With the same model twice this is the self-check: it should say "same".

    Args:
        a, b: models, as for `measure_latency`; on the same device.
        inputs, device, warm_up, setup, on_progress: as for `measure_latency`; of both.
        pairs: samples of each.
        seed: of the order.
        margin: ratios within 1 ± margin count as the same.
        names: of a and b in the report; None: their class or function.

    Raises:
        As `measure_latency`; `result` is made of the pairs that were finished.
    """
    plan = PairPlan(pairs, seed, warm_up, margin)
    with (
        prepared(a, inputs, device, names[0], setup) as workload_a,
        prepared_beside(b, inputs, workload_a.device, names[1], setup) as workload_b,
    ):
        environment = capture(workload_a.device)
        workload_a, workload_b = workload_a.compiled_first(), workload_b.compiled_first()
        subjects = workload_a.subject, workload_b.subject

        def result(series: PairSeries, *ended: Caveat) -> ABResult:
            a, b = series.a, series.b
            return ABResult(
                *subjects,
                plan=plan,
                samples_a=a,
                samples_b=b,
                comparison=compare_pairs(a.latency_s, b.latency_s, margin=plan.margin),
                environment=environment,
                caveats=(
                    *ended,
                    *compiled_while_timed(series.compilations, "pairs"),
                    *caveats_of_environment(environment),
                ),
            )

        def known(series: PairSeries | None, error: BaseException) -> ABResult | None:
            if series is None:
                return None
            return result(series, incomplete(error, len(series.a), plan.pairs, "pair"))

        tell = knowing(on_progress, lambda series: known(series, ProcessEndedError()))
        try:
            series = measure.pairs(workload_a, workload_b, plan, tell)
            with samples_taken(series.a, workload_a):
                return result(series)
        except (Interrupted, PyTimerError) as error:
            error.result = known(error.result, error)
            raise
