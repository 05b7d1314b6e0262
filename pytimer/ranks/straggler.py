"""A rank that is slower than the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pytimer import statistics
from pytimer.samples import FloatArray

MARGIN = 0.01
"""A rank counts as slower beyond this."""

_ERROR = 0.05
"""Chance of naming one where all are alike, over all ranks."""


@dataclass(frozen=True, slots=True)
class Straggler:
    """A rank that is slower than the others.

    Attributes:
        rank: which.
        ratio: its time per call ÷ the median of the others, mean over the blocks.
        interval: of that ratio, over the blocks.
    """

    rank: int
    ratio: float
    interval: tuple[float, float]


def straggler_of(call_s: dict[int, FloatArray]) -> Straggler | None:
    """The slowest rank, where it is slower than the median of the others beyond doubt.

    The interval is Student's t over the blocks; as the slowest is picked among all ranks, its
    confidence is 1 - 0.05 / ranks.

    Args:
        call_s: for each rank the time per call in each block, the blocks at the same time, shape
            (blocks,); at least 2 ranks and 2 blocks.

    Returns:
        None where none is seen: the interval reaches down to 1.01 or below.
    """
    slowest = max(call_s, key=lambda rank: float(np.mean(call_s[rank])))
    others = np.median([x for rank, x in call_s.items() if rank != slowest], axis=0)
    ratios = call_s[slowest] / others
    bounds = statistics.interval_of_rounds(ratios, confidence=1 - _ERROR / len(call_s)).bounds
    if bounds is None or bounds[0] <= 1 + MARGIN:
        return None
    return Straggler(slowest, float(np.mean(ratios)), bounds)
