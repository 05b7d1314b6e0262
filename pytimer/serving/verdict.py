"""Whether a percentile of the latency keeps a bound, and how sure that is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy import special

from pytimer.samples import FloatArray
from pytimer.statistics.autocorrelation import autocorrelation_time, indicator_time

CONFIDENCE = 0.95

LEAST_EFFECTIVE = 4
"""However alike requests are; an autocorrelation time of more than n / 4 says nothing."""

# An autocorrelation time is too low by this many of itself in n: the mean comes from the same
# series, and the sum goes on for some six of it on each side (Wolff 2004, "Monte Carlo errors with
# less errors"; seen likewise with M/D/1 queues).
MISSED_TIMES = 12

MOST_EFFECTIVE = 10_000_000
"""Independent requests beyond which a percentile counts as too near its bound to be told."""


class Answer(StrEnum):
    """What is known of the percentile and its bound."""

    VALID = "valid"
    """It keeps the bound, with confidence."""
    INVALID = "invalid"
    """It exceeds the bound, with confidence, or the server cannot keep up."""
    UNDECIDED = "undecided"
    """More requests are needed to tell."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a percentile of the latency keeps a bound.

    Attributes:
        over: requests whose latency exceeds the bound.
        effective: how many independent requests all are worth.
        needs: how many more requests would decide, should they be like these; None where it is
            decided, or where no number would.
    """

    answer: Answer
    over: int
    effective: float
    needs: int | None = None


def verdict_of(latency_s: FloatArray, bound_s: float, p: float) -> Verdict:
    """Whether the percentile `p` of what the latencies were drawn from keeps the bound.

    Valid where at most as many requests exceed the bound as would do so in 5 % of all measurements
    if the fraction `p` did not keep it; invalid likewise. That is to say that the one-sided 95 %
    bound of the percentile by order statistics lies within the bound, or beyond it. Requests that
    wait for each other are alike, so all counts are scaled to the effective sample size, by the
    longest autocorrelation time of the latency, of `latency <= bound` and of `latency <=
    percentile`: those beyond a p99 come in so few bursts that the indicators alone do not show how
    alike they are.

    Args:
        latency_s: in the order of arrival, seconds, shape (n,), n >= 1.
        bound_s: seconds.
        p: fraction, between 0 and 1.
    """
    n = len(latency_s)
    over = int(np.count_nonzero(latency_s > bound_s))
    at_percentile = float(np.sort(latency_s)[math.ceil(p * n) - 1])
    tau = max(
        min(autocorrelation_time(latency_s), max(1.0, n / LEAST_EFFECTIVE)),
        indicator_time(latency_s, bound_s),
        indicator_time(latency_s, at_percentile),
    )
    missed = MISSED_TIMES * (1 - 1 / tau)  # none where requests are independent
    effective = max(n / tau - missed, min(n, LEAST_EFFECTIVE))
    answer = _decide(over / n, effective, p)
    needs = None
    if answer is Answer.UNDECIDED:
        decided = _least_effective(over / n, effective, p)
        needs = None if decided is None else math.ceil((decided + missed) * tau) - n
    return Verdict(answer, over, effective, needs)


def least_for_verdict(p: float) -> int:
    """The least number of independent requests that can be valid: 299 for p99."""
    return math.ceil(math.log(1 - CONFIDENCE) / math.log(p))


def _decide(share_over: float, effective: float, p: float) -> Answer:
    """For so many independent requests, of which that share exceeds the bound.

    The binomial distribution as the incomplete beta function, which takes fractions of a request.
    """
    over = share_over * effective
    kept = effective - over
    as_few = 1.0 if kept == 0 else float(special.betainc(kept, over + 1, p))
    as_many = 1.0 if over == 0 else float(special.betainc(over, kept + 1, 1 - p))
    tail = 1 - CONFIDENCE
    if as_few <= tail:
        return Answer.VALID
    return Answer.INVALID if as_many <= tail else Answer.UNDECIDED


def _least_effective(share_over: float, effective: float, p: float) -> int | None:
    """How many independent requests decide at that share; None where MOST_EFFECTIVE do not."""
    undecided, decided = math.floor(effective), 2 * math.ceil(effective)
    while _decide(share_over, decided, p) is Answer.UNDECIDED:
        undecided, decided = decided, 2 * decided
        if decided > MOST_EFFECTIVE:
            return None
    while decided - undecided > 1:
        middle = (undecided + decided) // 2
        if _decide(share_over, middle, p) is Answer.UNDECIDED:
            undecided = middle
        else:
            decided = middle
    return decided
