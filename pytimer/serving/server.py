"""One server: the native loop that takes requests, and what it has seen."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from pytimer import _core
from pytimer.keeping import keeping_samples
from pytimer.loops import make_engine
from pytimer.measure import paused_garbage_collection
from pytimer.plan import Loop
from pytimer.samples import Samples
from pytimer.serving.arrivals import schedule
from pytimer.serving.plan import LoadPlan
from pytimer.serving.requests import Requests
from pytimer.serving.result import Ending, LoadPoint
from pytimer.workload import Workload


class Server:
    """Serves requests of one workload, one by one in the order of arrival.

    What it serves raises:
        CallError: the model raised.
        CudaError, AcceleratorError: the device failed.
        Interrupted: Ctrl-C.

    Attributes:
        points: what was seen, one for each window; an error may have ended the last one early.
    """

    def __init__(self, workload: Workload, plan: LoadPlan) -> None:
        self._workload = workload
        self._plan = plan
        self._clock = workload.device.native_clock()
        self.points: list[LoadPoint] = []

    def serve(self, rate_per_s: float, window_s: float) -> LoadPoint:
        """Warm-up, then the requests of one window, which arrive whatever the server does."""
        plan = self._plan
        moments_ns = schedule(plan.arrivals, rate_per_s, window_s, plan.seed)
        last_start_ns = self._last_start_ns(window_s)
        self._warm_up()
        call = self._workload.native_call(None)
        most_waiting = min(plan.most_waiting, len(moments_ns))
        return self._noted(
            rate_per_s,
            len(moments_ns),
            lambda requests: _core.serve_scheduled(
                self._clock, call, moments_ns, most_waiting, last_start_ns, requests
            ),
        )

    def serve_paced(self, idle_s: float, window_s: float) -> LoadPoint:
        """Warm-up, then requests of which each arrives that long after the one before."""
        idle_ns = max(round(idle_s * 1e9), 1)
        last_start_ns = self._last_start_ns(window_s)
        most = last_start_ns // idle_ns
        self._warm_up()
        call = self._workload.native_call(None)
        return self._noted(
            None,
            most,
            lambda requests: _core.serve_paced(
                self._clock, call, idle_ns, most, last_start_ns, requests
            ),
        )

    def _last_start_ns(self, window_s: float) -> int:
        return round(self._plan.last_start_s(window_s) * 1e9)

    def _warm_up(self) -> None:
        calls = self._plan.warm_up
        engine = make_engine(Loop.NATIVE, self._workload)
        with keeping_samples(engine, self._workload, "warm-up call", calls):
            engine.isolated(calls)

    def _noted(
        self, rate_per_s: float | None, most: int, loop: Callable[[_core.Requests], str]
    ) -> LoadPoint:
        log, ending = _Log(), Ending.INTERRUPTED
        try:
            with (
                keeping_samples(log, self._workload, "request", most),
                paused_garbage_collection(),
            ):
                ending = Ending(loop(log.filled))
        finally:
            scheduled = most if rate_per_s is not None else len(log.requests)
            self.points.append(LoadPoint(rate_per_s, scheduled, ending, log.requests))
        return self.points[-1]


class _Log:
    """Filled by the loop, read once that is over."""

    def __init__(self) -> None:
        self.filled = _core.Requests()

    @cached_property
    def requests(self) -> Requests:
        return Requests(**self.filled.take())

    def take(self) -> Samples:
        return self.requests.samples
