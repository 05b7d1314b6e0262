"""How a model is put under load: which requests arrive when, and what is asked of their latency."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from pytimer.errors import PlanError, shown
from pytimer.plan import check_count, check_fraction, check_positive, choose_in, is_positive
from pytimer.serving.verdict import least_for_verdict

LEAST_REQUESTS = 10
"""That a rate must make on average within its window."""

MOST_REQUESTS = 10_000_000
"""Whose moments are kept in memory at once."""

REQUESTS_OVER_LEAST = 4
"""How many times the least requests of a verdict each rate of a search makes."""

LONGEST_S = 1e9
"""Some 30 years; the nanoseconds of a few of them fit in 64 bits."""


class Arrivals(StrEnum):
    """When requests arrive."""

    POISSON = "poisson"
    """Independently of each other: exponential gaps (open loop)."""
    UNIFORM = "uniform"
    """One after each constant gap (open loop)."""
    PACED = "paced"
    """Each a fixed time after the one before was finished (closed loop)."""


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """How a model is put under load.

    Attributes:
        rates: requests per second, each measured in turn; "auto": look for the highest that keeps
            the bound; empty where arrivals are paced.
        idle_s: from the finish of a request to the arrival of the next; None unless paced.
        max_latency_s: the bound that `percentile` of the latency must keep; None: no bound.
        percentile: fraction; 0.99 is the 99th percentile.
        seconds: the window of arrivals, at each rate; with "auto" longer where a verdict needs
            more requests.
        most_waiting: requests that may have arrived and not begun; beyond it the rate is overload.
        warm_up: calls before the first request, at each rate.
        seed: of the gaps; all rates have the same gaps, scaled.
    """

    rates: tuple[float, ...] | Literal["auto"]
    arrivals: Arrivals = Arrivals.POISSON
    idle_s: float | None = None
    max_latency_s: float | None = None
    percentile: float = 0.99
    seconds: float = 10.0
    most_waiting: int = 1000
    warm_up: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        choose_in(self, arrivals=Arrivals)
        check_positive("idle_s", self.idle_s, "seconds")
        check_positive("max_latency_s", self.max_latency_s, "seconds")
        if not is_positive(self.seconds):
            raise PlanError(f"seconds must be a positive number, got {shown(self.seconds)}")
        for name in ("idle_s", "max_latency_s", "seconds"):
            value: float | None = getattr(self, name)
            if value is not None and value > LONGEST_S:
                raise PlanError(f"{name} must be at most {LONGEST_S:g} seconds, got {value:g}")
        check_fraction("percentile", self.percentile, "0.99 is p99")
        check_count("most_waiting", self.most_waiting, 1)
        check_count("warm_up", self.warm_up, 0)
        check_count("seed", self.seed, 0)
        if (self.idle_s is None) == (self.arrivals is Arrivals.PACED):
            raise PlanError(
                f"idle_s goes with arrivals paced, got idle_s {self.idle_s!r} with arrivals "
                f"{self.arrivals}; leave one out"
            )
        self._check_rates()

    def _check_rates(self) -> None:
        if not isinstance(self.rates, tuple) and self.rates != "auto":
            raise PlanError(f'rates must be a tuple of numbers, or "auto"; got {shown(self.rates)}')
        if self.idle_s is not None:
            self._check_paced(self.idle_s)
            return
        if self.rates == "auto":
            if self.max_latency_s is None:
                raise PlanError(
                    "rates auto looks for the highest rate that keeps a bound, got none; give "
                    "max_latency_s (--max-latency)"
                )
            least = REQUESTS_OVER_LEAST * least_for_verdict(self.percentile)
            if least > MOST_REQUESTS:
                raise PlanError(
                    f"rates auto would make {least} requests at each rate for that percentile, "
                    f"expected {MOST_REQUESTS} at most; lower percentile (--percentile)"
                )
            return
        if not self.rates:
            raise PlanError('rates must name requests per second, or be "auto"; got none')
        for rate in self.rates:
            check_rate(rate)
            check_window(rate, self.seconds)

    def _check_paced(self, idle_s: float) -> None:
        if self.rates:
            raise PlanError(
                "idle_s paces each request after the one before and has no rate, got rates "
                f"{shown(self.rates)} as well; leave one out"
            )
        most = self.seconds / idle_s
        if not 1 < most <= MOST_REQUESTS:
            advice = "raise" if most <= 1 else "lower"
            raise PlanError(
                f"seconds must be more than idle_s, and at most {MOST_REQUESTS} times that, got "
                f"{self.seconds:g} s with {idle_s:g} s idle; {advice} seconds (--seconds)"
            )

    def last_start_s(self, window_s: float) -> float:
        """When the last request may start, after the first could arrive, seconds.

        Half the window is left for those that wait at its end, and no less than the bound. Paced
        requests leave none waiting.
        """
        if self.arrivals is Arrivals.PACED:
            return window_s
        return window_s + max(window_s / 2, self.max_latency_s or 0.0)


def check_rate(rate: object) -> None:
    """Raises PlanError unless `rate` is a positive number."""
    if not is_positive(rate):
        raise PlanError(f"rates must be positive numbers of requests/s, got {shown(rate)}")


def check_window(rate_per_s: float, window_s: float) -> None:
    """Raises PlanError where a window makes too few requests, or more than memory is for."""
    expected = rate_per_s * window_s
    if not LEAST_REQUESTS <= expected <= MOST_REQUESTS:
        advice = "raise" if expected < LEAST_REQUESTS else "lower"
        raise PlanError(
            f"{rate_per_s:g} requests/s for {window_s:g} s make {expected:.3g} requests, "
            f"expected {LEAST_REQUESTS} to {MOST_REQUESTS}; {advice} seconds (--seconds) "
            "or the rate"
        )
