"""How a model is put under load: which requests arrive when, and what is asked of their latency."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from pytimer.errors import PlanError, shown
from pytimer.plan import check_count, check_fraction, check_positive, choose_in, is_positive

LEAST_REQUESTS = 10
"""That a rate must make on average within its window."""

MOST_REQUESTS = 10_000_000
"""Whose moments are kept in memory at once."""


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
        rates = () if isinstance(self.rates, str) and self.rates == "auto" else self.rates
        if not isinstance(rates, tuple):
            raise PlanError(f'rates must be a tuple of numbers, or "auto"; got {shown(self.rates)}')
        if self.arrivals is Arrivals.PACED:
            if self.rates:
                raise PlanError(
                    "idle_s paces each request after the one before and has no rate, got rates "
                    f"{shown(self.rates)} as well; leave one out"
                )
            return
        if self.rates == "auto":
            if self.max_latency_s is None:
                raise PlanError(
                    "rates auto looks for the highest rate that keeps a bound, got none; give "
                    "max_latency_s (--max-latency)"
                )
            return
        if not self.rates:
            raise PlanError('rates must name requests per second, or be "auto"; got none')
        for rate in rates:
            if not is_positive(rate):
                raise PlanError(f"rates must be positive numbers of requests/s, got {shown(rate)}")
            expected = rate * self.seconds
            if not LEAST_REQUESTS <= expected <= MOST_REQUESTS:
                advice = "raise" if expected < LEAST_REQUESTS else "lower"
                raise PlanError(
                    f"{rate:g} requests/s for {self.seconds:g} s make {expected:.3g} requests, "
                    f"expected {LEAST_REQUESTS} to {MOST_REQUESTS}; {advice} seconds (--seconds) "
                    "or the rate"
                )

    def last_start_s(self, window_s: float) -> float:
        """When the last request may start, after the first could arrive, seconds.

        Half the window is left for those that wait at its end, and no less than the bound. Paced
        requests leave none waiting.
        """
        if self.arrivals is Arrivals.PACED:
            return window_s
        return window_s + max(window_s / 2, self.max_latency_s or 0.0)
