"""What a model under load has shown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from pytimer import require, statistics
from pytimer.caveats import Caveat
from pytimer.environment import Environment
from pytimer.samples import Samples
from pytimer.serving import theory
from pytimer.serving.plan import Arrivals, LoadPlan
from pytimer.serving.requests import Requests
from pytimer.serving.verdict import Answer, Verdict, verdict_of
from pytimer.workload import Subject


class Ending(StrEnum):
    """Why a server took no more requests."""

    SERVED = "served"
    """None was left."""
    QUEUE_FULL = "queue-full"
    """More were waiting than the plan allows; the rest was not served."""
    OUT_OF_TIME = "out-of-time"
    """Half a window after the last arrival some were still waiting; or the time of pacing is up."""
    INTERRUPTED = "interrupted"
    """Ctrl-C, or a call raised."""


@dataclass(frozen=True, slots=True)
class LoadPoint:
    """One rate of arrivals.

    Attributes:
        rate_per_s: requests per second that the schedule asks for; None where arrivals are paced.
        scheduled: requests in the schedule; where paced, those that were served.
        ending: why no more were served.
        requests: those that were served.
    """

    rate_per_s: float | None
    scheduled: int
    ending: Ending
    requests: Requests

    def __post_init__(self) -> None:
        require.positive(rate_per_s=self.rate_per_s)

    @property
    def utilisation(self) -> float | None:
        """Rate × mean service: the share of time in which the server is occupied; 1 and more is
        overload. None where arrivals are paced, or nothing was served."""
        if self.rate_per_s is None or not len(self.requests):
            return None
        return self.rate_per_s * float(np.mean(self.requests.service_s))

    @property
    def is_overload(self) -> bool:
        """Whether requests arrive faster than they can be served."""
        if self.rate_per_s is None or self.ending is Ending.INTERRUPTED:
            return False
        utilisation = self.utilisation
        return self.ending is not Ending.SERVED or (utilisation is not None and utilisation >= 1)

    @property
    def mean_wait_s(self) -> float | None:
        return statistics.mean(self.requests.wait_s)

    @property
    def lateness_p99_s(self) -> float | None:
        """p99 of the waits of requests that found the server idle; None for fewer than 100."""
        return statistics.percentile(self.requests.lateness_s, 0.99)

    def latency_s(self, p: float) -> float | None:
        """The percentile of the latency at the fraction `p`; None where n is too small."""
        return statistics.percentile(self.requests.latency_s, p)


@dataclass(frozen=True, slots=True)
class LoadResult:
    """The latency of a model under load.

    Attributes:
        isolated: calls one by one, from which "auto" knows the capacity; None where rates were
            given.
        points: each rate that was tried, in that order.
    """

    subject: Subject
    plan: LoadPlan
    isolated: Samples | None
    points: tuple[LoadPoint, ...]
    environment: Environment
    caveats: tuple[Caveat, ...]

    def __post_init__(self) -> None:
        if not self.points and self.isolated is None:
            raise ValueError(
                "points must have a rate that was tried, or isolated the calls, got none"
            )
        if self.isolated is not None and not len(self.isolated):
            raise ValueError("isolated must have a call, or be None")
        is_paced = self.plan.arrivals is Arrivals.PACED
        if any((point.rate_per_s is None) != is_paced for point in self.points):
            raise ValueError(
                f"points must have {'no' if is_paced else 'a'} rate where arrivals are "
                f"{self.plan.arrivals}"
            )

    def verdict(self, point: LoadPoint) -> Verdict | None:
        """Whether the point keeps the bound; None without a bound, or where it was interrupted."""
        bound_s, requests = self.plan.max_latency_s, point.requests
        if bound_s is None or point.ending is Ending.INTERRUPTED or not len(requests):
            return None
        verdict = verdict_of(requests.latency_s, bound_s, self.plan.percentile)
        if point.is_overload:
            return Verdict(Answer.INVALID, verdict.over, verdict.effective)
        return verdict

    def predicted_wait_s(self, point: LoadPoint) -> float | None:
        """The mean wait by queueing theory, from the service that was measured.

        None where arrivals are not Poisson, where the server cannot keep up, and where nothing was
        served. See `theory.mean_wait_s`.
        """
        if self.plan.arrivals is not Arrivals.POISSON or not len(point.requests):
            return None
        assert point.rate_per_s is not None, "Poisson arrivals have a rate"
        return theory.mean_wait_s(point.rate_per_s, point.requests.service_s)

    @property
    def calls_exceed_bound(self) -> bool:
        """Whether calls one by one exceed the bound already, so that no rate can keep it."""
        bound_s, isolated = self.plan.max_latency_s, self.isolated
        if bound_s is None or isolated is None or isolated.host_s is None:
            return False
        return verdict_of(isolated.host_s, bound_s, self.plan.percentile).answer is Answer.INVALID

    @property
    def highest_valid(self) -> LoadPoint | None:
        """The highest rate that keeps the bound with confidence; None where none does."""
        valid = [
            point
            for point in self.points
            if point.rate_per_s is not None
            and (verdict := self.verdict(point)) is not None
            and verdict.answer is Answer.VALID
        ]
        return max(valid, key=lambda point: point.rate_per_s or 0.0, default=None)
