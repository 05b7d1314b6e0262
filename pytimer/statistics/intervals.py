"""Confidence intervals of percentiles, at the effective sample size."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pytimer.samples import FloatArray
from pytimer.statistics.autocorrelation import indicator_time
from pytimer.statistics.checked import checked
from pytimer.statistics.quantiles import of_binomial, of_student


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval of a percentile.

    Attributes:
        low_s: lower bound, in the unit of the samples; None where n is too small for one.
        high_s: upper bound; likewise.
        needs: None, or the least number of independent samples for which the interval exists.
    """

    low_s: float | None
    high_s: float | None
    needs: int | None = None

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Both bounds; None where one does not exist."""
        if self.low_s is None or self.high_s is None:
            return None
        return self.low_s, self.high_s


def percentile_interval(
    x: FloatArray, p: float = 0.5, *, confidence: float = 0.95, resolution_s: float = 0.0
) -> Interval:
    """Confidence interval of the percentile `p` of what the samples were drawn from.

    Order statistics at the effective sample size: n divided by the autocorrelation time of the
    indicator `x <= percentile`. The median uses Student's t with that many degrees of freedom less
    one, other percentiles binomial ranks.

    Args:
        x: samples in the order they were taken, seconds, shape (n,), n >= 1.
        p: fraction, between 0 and 1.
        confidence: fraction, between 0 and 1.
        resolution_s: step of the timer; the interval is wider by half of it on each side, since
            ties hide where the truth lies.

    Returns:
        The interval. Where a bound does not exist it is None and `needs` says how many samples the
        interval asks for.

    Raises:
        ValueError: n is 0, a value is not finite, or `p` or `confidence` lies outside (0, 1).

    Source:
        Hoefler and Belli (2015) for order statistics; Flegal and Gong (2013) for the effective
        sample size.
    """
    x = checked(x)
    for name, value in (("p", p), ("confidence", confidence)):
        if not 0 < value < 1:
            raise ValueError(f"{name} must lie between 0 and 1, got {value}")
    ordered = np.sort(x)
    n = len(x)
    threshold = float(np.median(x)) if p == 0.5 else float(ordered[max(math.ceil(p * n), 1) - 1])
    effective = n / indicator_time(x, threshold)
    low, high = _median_ranks(n, effective, confidence)
    if p != 0.5:
        low, high = _binomial_ranks(n, effective, p, confidence)
    half_step = resolution_s / 2
    low_s = float(ordered[low]) - half_step if low >= 0 else None
    high_s = float(ordered[high]) + half_step if high < n else None
    needs = None if low_s is not None and high_s is not None else least_for_interval(p, confidence)
    return Interval(low_s, high_s, needs)


def interval_of_rounds(medians: FloatArray, *, confidence: float = 0.95) -> Interval:
    """Confidence interval of the median over time-separated rounds, from the median of each.

    Student's t over the rounds: what differs from round to round is in it, which no interval of a
    single series can know.

    Args:
        medians: seconds, shape (rounds,), rounds >= 1; with 1 there is no interval.

    Raises:
        ValueError: there are none, or a value is not finite.

    Source:
        Kalibera and Jones (2013).
    """
    medians = checked(medians)
    rounds = len(medians)
    if rounds < 2:
        return Interval(None, None, needs=2)
    t = of_student((1 + confidence) / 2, rounds - 1)
    half = t * float(np.std(medians, ddof=1)) / math.sqrt(rounds)
    middle = float(np.mean(medians))
    return Interval(middle - half, middle + half)


def least_for_interval(p: float, confidence: float = 0.95) -> int:
    """The least number of independent samples for which both bounds exist: 368 for p99.

    The largest of n samples exceeds the percentile with probability 1 - p**n, and must do so with
    probability (1 + confidence) / 2; likewise the smallest.
    """
    tail = (1 - confidence) / 2
    return max(math.ceil(math.log(tail) / math.log(q)) for q in (p, 1 - p))


def _median_ranks(n: int, effective: float, confidence: float) -> tuple[int, int]:
    """Ranks (from 0) of the bounds; outside 0 to n - 1 where a bound does not exist."""
    if n < least_for_interval(0.5, confidence):
        return -1, n
    t = of_student((1 + confidence) / 2, max(effective - 1, 2))
    half = t * math.sqrt(0.25 / effective)
    low = math.floor(n * (0.5 - half)) - 1
    high = math.ceil(n * (0.5 + half))
    return max(low, 0), min(high, n - 1)


def _binomial_ranks(n: int, effective: float, p: float, confidence: float) -> tuple[int, int]:
    k = max(4, round(effective))
    tail = (1 - confidence) / 2
    low = math.floor(of_binomial(tail, k, p) / k * n) - 1
    high = math.ceil((of_binomial(1 - tail, k, p) + 1) / k * n) - 1
    return low, high
