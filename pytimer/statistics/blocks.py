"""Statistics of calls of which only the means and the variances of blocks are known."""

from __future__ import annotations

import math

import numpy as np

from pytimer.samples import CountArray, FloatArray
from pytimer.statistics.autocorrelation import autocorrelation_time
from pytimer.statistics.checked import checked
from pytimer.statistics.intervals import Interval
from pytimer.statistics.quantiles import of_student


def mean_of_blocks(means: FloatArray, counts: CountArray) -> float | None:
    """Arithmetic mean of all calls, in the unit of `means`; None where there are none.

    Args:
        means: of each block, shape (blocks,).
        counts: calls of each block, likewise.
    """
    return float(np.average(means, weights=counts)) if len(means) else None


def std_of_blocks(means: FloatArray, variances: FloatArray, counts: CountArray) -> float | None:
    """Standard deviation of all calls with ddof = 0; None for fewer than 2 calls.

    Exact by the law of total variance: the mean of the variances within the blocks, plus the
    variance of the blocks' means.

    Args:
        means, variances: of each block, ddof = 0, shape (blocks,).
        counts: calls of each block, likewise.
    """
    if np.sum(counts) < 2:
        return None
    apart = means - np.average(means, weights=counts)
    return math.sqrt(float(np.average(variances + apart**2, weights=counts)))


def interval_of_mean(means: FloatArray, *, confidence: float = 0.95) -> Interval:
    """Confidence interval of the mean of a series, from the means of its blocks.

    Student's t over the blocks, at their effective number: what is still alike in neighbouring
    blocks is allowed for.

    Args:
        means: of blocks of one length in the order they were measured, seconds, shape (blocks,).

    Raises:
        ValueError: a value is not finite.

    Source:
        Law and Kelton (1984), method of batch means.
    """
    means = checked(means, least=0)
    if len(means) < 2:
        return Interval(None, None, needs=2)
    effective = max(2.0, len(means) / autocorrelation_time(means))
    t = of_student((1 + confidence) / 2, effective - 1)
    half = t * float(np.std(means, ddof=1)) / math.sqrt(effective)
    middle = float(np.mean(means))
    return Interval(middle - half, middle + half)
