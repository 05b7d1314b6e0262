"""When to doubt what was seen under load."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from pytimer import statistics
from pytimer.caveats import Caveat
from pytimer.serving.result import LoadPoint, LoadResult
from pytimer.units import duration, significant

LATE_SHARE = 0.05
"""Of the median service; a server that starts later than that was not there when it was idle."""

THEORY_SHARE = 0.25
"""Of the predicted mean wait; less is no reason for doubt."""

SETTLING_TIMES = 20
"""Mean service ÷ (1 − utilisation)²: that long a queue takes to forget how it began."""

THEORY_ERRORS = 4
"""Standard errors of the mean wait; likewise."""


def caveats_of_load(result: LoadResult) -> tuple[Caveat, ...]:
    """The caveats that the requests show, each at the rate where it is worst."""
    return (*_of_lateness(result), *_of_theory(result))


def _of_lateness(result: LoadResult) -> Iterator[Caveat]:
    shares = [
        (late_s / service_s, late_s, point)
        for point in result.points
        if (late_s := point.lateness_p99_s) is not None
        and (service_s := float(np.median(point.requests.service_s))) > 0
    ]
    share, late_s, point = max(shares, key=lambda found: found[0], default=(0.0, 0.0, None))
    if point is not None and share > LATE_SHARE:
        yield Caveat(
            "requests-started-late",
            f"{_at(point)} requests that found the server idle began {duration(late_s)} after "
            f"their arrival (p99), {share:.1%} of the median service",
            "free the machine from other work; waits are too long by that much",
        )


def _of_theory(result: LoadResult) -> Iterator[Caveat]:
    for point in result.points:
        expected_s, measured_s = result.predicted_wait_s(point), point.mean_wait_s
        if expected_s is None or measured_s is None or not _is_steady(point):
            continue
        off_s = abs(measured_s - expected_s)
        if off_s > max(THEORY_SHARE * expected_s, THEORY_ERRORS * _mean_error_s(point)):
            yield Caveat(
                "waits-off-theory",
                f"{_at(point)} the mean wait is {duration(measured_s)}, and queueing theory "
                f"expects {duration(expected_s)} of services like these",
                "look for what makes services alike in a row (clocks, other work), or requests "
                "start late",
            )
            return


def _is_steady(point: LoadPoint) -> bool:
    """Whether the queue, empty at first, had time to become what it is in the long run."""
    utilisation, requests = point.utilisation, point.requests
    if utilisation is None or point.is_overload or len(requests) < 2:
        return False
    settling_s = float(np.mean(requests.service_s)) / (1 - utilisation) ** 2
    return float(requests.free_s[-1]) > SETTLING_TIMES * settling_s


def _mean_error_s(point: LoadPoint) -> float:
    """Standard error of the mean wait; waits of neighbours are alike."""
    wait_s = point.requests.wait_s
    tau = statistics.autocorrelation_time(wait_s)
    return float(np.std(wait_s, ddof=1)) * math.sqrt(tau / len(wait_s))


def _at(point: LoadPoint) -> str:
    if point.rate_per_s is None:
        return "with paced arrivals,"
    return f"at {significant(point.rate_per_s)} requests/s"
