"""When a series is long enough for the precision asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pytimer import statistics
from pytimer.samples import FloatArray

GROWTH = 1.25
MOST_SAMPLES = 5000


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a series is worth so far.

    Attributes:
        cut: samples at the front that are warm-up.
        half_width: of the median's interval, relative to the median; None where there is none yet.
        wanted: samples to go on to; None where the series is long enough, or as long as allowed.
        converged: whether the precision is reached with enough samples behind the cut.
    """

    cut: int
    half_width: float | None
    wanted: int | None
    converged: bool


def judge(x: FloatArray, *, precision: float, least: int, most: int) -> Judgement:
    """Whether the median of `x` is known to `precision`, and how to go on if not.

    Warm-up at the front is cut and made up for until `least` samples remain; then the series grows
    by a quarter until half the width of the median's interval is at most `precision` of the
    median.

    Args:
        x: durations in the order they were taken, shape (n,), n >= 1.
        precision: relative half-width, such as 0.01.
        least, most: samples behind the cut, and of all.
    """
    cut = statistics.warm_up_cut(x)
    kept = x[cut:]
    found = statistics.percentile_interval(kept, resolution_s=statistics.timer_step(x))
    half_width = None
    if found.bounds is not None:
        low_s, high_s = found.bounds
        half_width = (high_s - low_s) / 2 / float(np.median(kept))
    is_narrow = half_width is not None and half_width <= precision
    if len(kept) < least:
        more = least - len(kept)
    elif is_narrow:
        return Judgement(cut, half_width, None, converged=True)
    else:
        more = max(1, math.ceil(len(x) * (GROWTH - 1)))
    wanted = min(len(x) + more, most)
    return Judgement(cut, half_width, wanted if wanted > len(x) else None, converged=False)
