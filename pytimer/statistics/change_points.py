"""Where the level of a series changes, and so where its warm-up ends."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from pytimer.samples import FloatArray
from pytimer.statistics.autocorrelation import autocorrelation_time
from pytimer.statistics.checked import checked

_LEAST_BLOCK = 5
_MOST_BLOCKS = 2000
_LEAST_BLOCKS = 20
_LEAST_SEGMENT = 5
_PENALTY = 3.0
_MOST_TAU = 10.0
_LEAST_NOISE = 1e-4

_COUNTS_AS_WARM_UP = 0.001
_MARGIN = 1.5
_MOST_CUT = 0.5


@dataclass(frozen=True, slots=True)
class Segment:
    """Samples `start` to `end` (exclusive) of one level, and their median."""

    start: int
    end: int
    median: float


def segments(x: FloatArray) -> tuple[Segment, ...]:
    """The series cut where its level changes.

    Block medians (of 5 samples, of n / 2000 in long series) on a log scale are cut at exact
    least-squares change points with a penalty of 3 ln(blocks) each. The scale of the noise comes
    from the second half of the series, with its autocorrelation, so that jitter, sticky modes and
    slow wander are not read as changes.

    Args:
        x: durations in the order they were taken, shape (n,), n >= 1.

    Raises:
        ValueError: n is 0, a value is not finite, or not above 0.
    """
    x = checked(x, positive=True)
    block = max(_LEAST_BLOCK, len(x) // _MOST_BLOCKS)
    blocks = len(x) // block
    if blocks < _LEAST_BLOCKS:
        return (Segment(0, len(x), float(np.median(x))),)
    levels = np.log(np.median(x[: blocks * block].reshape(blocks, block), axis=1))
    ends = _optimal_ends(levels / _noise(levels), _PENALTY * math.log(blocks))
    bounds = [0, *(end * block for end in ends)]
    return tuple(
        Segment(start, end, float(np.median(x[start:end]))) for start, end in pairwise(bounds)
    )


def warm_up_cut(x: FloatArray) -> int:
    """How many samples at the front are warm-up; at most half of them.

    1.5 times the end of the last segment in the first half whose median differs from the final
    one's by more than 0.1 %: the margin is for tails that fade out. A change later than that is a
    shift, not warm-up.

    Args and errors are those of `segments`.
    """
    parts = segments(x)
    final = parts[-1].median
    cut = 0
    for part in parts[:-1]:
        differs = abs(part.median / final - 1) > _COUNTS_AS_WARM_UP
        if differs and part.end <= _MOST_CUT * len(x):
            cut = part.end
    return min(math.ceil(cut * _MARGIN), int(_MOST_CUT * len(x)))


def _noise(levels: FloatArray) -> float:
    """Standard deviation of a level around its segment's mean, correlation included."""
    steps = np.diff(levels)
    tail = levels[len(levels) // 2 :]
    by_median = 1.4826 * float(np.median(np.abs(steps - np.median(steps))))
    by_tail = float(np.std(np.diff(tail)))
    noise = max(by_median, by_tail) / math.sqrt(2)
    tau = min(autocorrelation_time(tail), _MOST_TAU)
    return max(noise * math.sqrt(tau), _LEAST_NOISE)


def _optimal_ends(y: FloatArray, penalty: float) -> list[int]:
    """Ends of the segments with the least sum of squares plus `penalty` for each, exactly.

    Source:
        Jackson et al. (2005), optimal partitioning by dynamic programming.
    """
    n = len(y)
    sums = np.concatenate(([0.0], np.cumsum(y)))
    squares = np.concatenate(([0.0], np.cumsum(y * y)))
    best = np.full(n + 1, np.inf)
    best[0] = -penalty
    previous = np.zeros(n + 1, dtype=np.intp)
    for end in range(_LEAST_SEGMENT, n + 1):
        starts = np.arange(end - _LEAST_SEGMENT + 1)
        within = squares[end] - squares[starts] - (sums[end] - sums[starts]) ** 2 / (end - starts)
        costs = best[starts] + within + penalty
        previous[end] = np.argmin(costs)
        best[end] = costs[previous[end]]
    ends = [n]
    while previous[ends[-1]] > 0:
        ends.append(int(previous[ends[-1]]))
    return ends[::-1]
