"""How long requests take that arrive at a rate, and the highest rate that keeps a bound."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, Literal

import numpy as np
import torch

from pytimer import measure
from pytimer.caveats import Caveat
from pytimer.checks import caveats_of_environment
from pytimer.devices import Device
from pytimer.ending import ProcessEndedError, incomplete
from pytimer.environment import Environment, capture
from pytimer.errors import Interrupted, PlanError, PyTimerError
from pytimer.model_setup import Setup
from pytimer.plan import LatencyPlan, choose
from pytimer.progress import OnProgress, Progress
from pytimer.samples import Samples
from pytimer.serving.caveats import caveats_of_load
from pytimer.serving.plan import (
    REQUESTS_OVER_LEAST,
    Arrivals,
    LoadPlan,
    check_rate,
    check_window,
)
from pytimer.serving.result import Ending, LoadPoint, LoadResult
from pytimer.serving.search import rates_to_try
from pytimer.serving.server import Server
from pytimer.serving.verdict import Answer, least_for_verdict
from pytimer.serving.words import line_of, name_of
from pytimer.workload import ModelOrPath, Workload, prepared

ISOLATED_CALLS = 50
"""From whose median the capacity is known; one that was disturbed must not set the windows."""


def measure_load(
    model: ModelOrPath,
    inputs: Any,
    *,
    rates: Sequence[float] | Literal["auto"] = (),
    device: str | torch.device | Device | None = None,
    arrivals: str = Arrivals.POISSON,
    idle_s: float | None = None,
    max_latency_s: float | None = None,
    percentile: float = 0.99,
    seconds: float = 10.0,
    most_waiting: int = 1000,
    warm_up: int = 10,
    seed: int = 0,
    name: str | None = None,
    setup: Setup | None = None,
    on_progress: OnProgress | None = None,
) -> LoadResult:
    """Measures the latency of requests that arrive at a rate, whatever the model does (open loop).

    One server takes the requests in the order of arrival, one call each. The latency of a request
    counts from the moment at which it was scheduled to arrive, so that a wait for those before it
    is in it (no coordinated omission). Where too many wait, or some still do half a window after
    the last arrival, the rest is not served, and the rate is overload.

    Args:
        model, inputs, device, name, setup, on_progress: as for `measure_latency`; progress is told
            between rates.
        rates: requests per second, each measured in turn; "auto": bisects for the highest that
            keeps the bound, to within 5 %, assuming that each lower rate keeps it too, and looks no
            further where calls alone exceed it.
        arrivals: "poisson" (exponential gaps) or "uniform" (constant gaps).
        idle_s: instead of rates: each request arrives this long after the one before was finished
            (closed loop), so that clocks fall and caches cool in between; seconds.
        max_latency_s: bound on the latency, seconds; each rate then has a verdict.
        percentile: fraction; of the latency that the bound is for.
        seconds: the window of arrivals, at each rate; with "auto" longer where a verdict needs
            more requests.
        most_waiting: requests that may have arrived and not begun; more are overload.
        warm_up: calls before the first request, at each rate.
        seed: of the gaps; all rates have the same gaps, scaled.

    Raises:
        As `measure_latency`; `result` of an error or of Interrupted is what has been measured.
    """
    if idle_s is not None and arrivals != Arrivals.POISSON:
        raise PlanError(
            f"idle_s paces each request after the one before, got arrivals {arrivals!r} as well; "
            "leave one out"
        )
    plan = LoadPlan(
        rates if isinstance(rates, str) else _from_the_lowest(rates),
        Arrivals.PACED if idle_s is not None else choose(Arrivals, "arrivals", arrivals),
        idle_s,
        max_latency_s,
        percentile,
        seconds,
        most_waiting,
        warm_up,
        seed,
    )
    with prepared(model, inputs, device, name, setup) as workload:
        return load_of(workload, plan, on_progress)


def _from_the_lowest(rates: Iterable[float]) -> tuple[float, ...]:
    """Each rate once."""
    try:
        given = [rate.item() if isinstance(rate, np.generic) else rate for rate in rates]
    except TypeError:
        raise PlanError(f'rates must be a list of requests/s, or "auto"; got {rates!r}') from None
    for rate in given:
        check_rate(rate)
    return tuple(sorted({float(rate) for rate in given}))


def load_of(workload: Workload, plan: LoadPlan, on_progress: OnProgress | None) -> LoadResult:
    """`measure_load` for a prepared workload."""
    load = _Load(workload, plan, capture(workload.device), on_progress)
    try:
        load.measure()
    except (Interrupted, PyTimerError) as error:
        error.result = load.known(error)
        raise
    except KeyboardInterrupt as error:
        raise Interrupted(result=load.known(error)) from None
    return load.result()


class _Load:
    """Measures the rates; keeps everything."""

    def __init__(
        self,
        workload: Workload,
        plan: LoadPlan,
        environment: Environment,
        on_progress: OnProgress | None,
    ) -> None:
        self._workload = workload
        self._plan = plan
        self._environment = environment
        self._on_progress = on_progress
        self._server = Server(workload, plan)
        self._isolated: Samples | None = None

    def known(self, error: BaseException) -> LoadResult | None:
        """The result that `error` has cut short; None where nothing has been measured."""
        points = self._server.points
        if not points and self._isolated is None:
            return None
        done = sum(point.ending is not Ending.INTERRUPTED for point in points)
        return self.result(incomplete(error, done, self._windows, "window"))

    def result(self, *ended: Caveat) -> LoadResult:
        found = self._found()
        caveats = (*ended, *caveats_of_load(found), *caveats_of_environment(self._environment))
        return replace(found, caveats=caveats)

    @property
    def _windows(self) -> int | None:
        """How many there are to be; None where a search has to find that out."""
        if self._plan.idle_s is not None:
            return 1
        return None if self._plan.rates == "auto" else len(self._plan.rates)

    def _found(self) -> LoadResult:
        return LoadResult(
            self._workload.subject,
            self._plan,
            self._isolated,
            tuple(self._server.points),
            self._environment,
            (),
        )

    def measure(self) -> None:
        plan = self._plan
        if plan.idle_s is not None:
            self._tell(f"paced for {plan.seconds:g} s")
            self._told(self._server.serve_paced(plan.idle_s, plan.seconds))
        elif plan.rates == "auto":
            self._search()
        else:
            for rate in plan.rates:
                self._at(rate, plan.seconds)

    def _search(self) -> None:
        plan = self._plan
        least = least_for_verdict(plan.percentile)
        latency_plan = LatencyPlan(warm_up=plan.warm_up, repetitions=ISOLATED_CALLS)
        self._tell("calls one by one")
        self._isolated = measure.latency(self._workload, latency_plan, None).samples
        call_s = self._isolated.host_s
        assert call_s is not None, "isolated calls have host times"
        if self._found().calls_exceed_bound:
            return
        search = rates_to_try(1 / float(np.median(call_s)))
        with suppress(StopIteration):
            rate = next(search)
            while True:
                window_s = max(plan.seconds, REQUESTS_OVER_LEAST * least / rate)
                check_window(rate, window_s)
                verdict = self._found().verdict(self._at(rate, window_s))
                rate = search.send(verdict is not None and verdict.answer is Answer.VALID)

    def _at(self, rate_per_s: float, window_s: float) -> LoadPoint:
        self._tell(f"{name_of(rate_per_s)} for {window_s:.3g} s")
        return self._told(self._server.serve(rate_per_s, window_s))

    def _told(self, point: LoadPoint) -> LoadPoint:
        self._tell(finding=line_of(self._found(), point))
        return point

    def _tell(self, note: str = "", finding: str = "") -> None:
        if self._on_progress is not None:
            done = len(self._server.points)
            known = partial(self.known, ProcessEndedError())
            self._on_progress(Progress("load", done, self._windows, note, finding, known))
