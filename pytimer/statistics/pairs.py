"""Which of two is slower, from pairs measured back to back."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pytimer.samples import FloatArray
from pytimer.statistics.checked import checked
from pytimer.statistics.intervals import Interval, percentile_interval

Verdict = Literal["slower", "faster", "same", "inconclusive"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """How `b` compares with `a`.

    Attributes:
        ratio: median of b / a.
        interval: confidence interval of that ratio (`low_s` and `high_s` are ratios here); `needs`
            where there are too few pairs.
        verdict: "slower" or "faster" where the interval lies on one side of 1, "same" where it lies
            within the margin around 1, else "inconclusive".
    """

    verdict: Verdict
    ratio: float
    interval: Interval


def compare_pairs(
    a: FloatArray, b: FloatArray, *, margin: float = 0.01, confidence: float = 0.95
) -> Comparison:
    """Whether `b` is slower than `a`, from the median log ratio of the pairs.

    Args:
        a, b: durations, shape (n,); a[i] and b[i] were measured back to back, in random order.
        margin: ratios within 1 ± margin count as the same.
        confidence: of the interval.

    Raises:
        ValueError: no pairs, different lengths, or a value that is not a finite duration above 0.
    """
    a, b = checked(a, positive=True), checked(b, positive=True)
    if len(a) != len(b):
        raise ValueError(f"expected pairs, got {len(a)} and {len(b)} samples")
    if not 0 < margin < 1:
        raise ValueError(f"margin must lie between 0 and 1, got {margin}; 0.01 is 1 %")
    logs = np.log(b / a)
    found = percentile_interval(logs, 0.5, confidence=confidence)
    ratio = math.exp(float(np.median(logs)))
    if found.bounds is None:
        return Comparison("inconclusive", ratio, found)
    low, high = map(math.exp, found.bounds)
    return Comparison(_verdict(low, high, margin), ratio, Interval(low, high))


def _verdict(low: float, high: float, margin: float) -> Verdict:
    if low > 1:
        return "slower"
    if high < 1:
        return "faster"
    if 1 - margin < low and high < 1 + margin:
        return "same"
    return "inconclusive"
