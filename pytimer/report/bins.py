"""How samples are spread, in bins that a few outliers do not squash."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pytimer.samples import FloatArray

LEAST = 20
"""Samples below which bins show chance rather than a shape."""

_MOST_BINS = 40
_FENCE = 3.0
"""Interquartile ranges beyond the quartiles: Tukey's outer fence."""
_TAIL = 0.01

_ROUNDING = 1e-9

_BLOCKS = " ▁▂▃▄▅▆▇█"


@dataclass(frozen=True, slots=True)
class Bins:
    """Counts in bins of one width from `low` to `high`; `outside`: samples beyond these."""

    low: float
    high: float
    counts: tuple[int, ...]
    outside: int

    @property
    def blocks(self) -> str:
        """A character for each bin; a space only where it is empty."""
        most = max(self.counts)
        return "".join(_BLOCKS[math.ceil(count / most * 8)] for count in self.counts)


def bins_of(x: FloatArray) -> Bins | None:
    """Bins of samples, any unit, shape (n,); None for n < 20 and where they do not differ.

    They hold what lies within Tukey's outer fences, and at least 98 % of the samples.
    """
    if len(x) < LEAST or not has_spread(x):
        return None
    low, high = shown_range(x)
    number = min(math.ceil(2 * math.sqrt(len(x))), _MOST_BINS)
    counts = tuple(int(count) for count in np.histogram(x, number, (low, high))[0])
    return Bins(low, high, counts, len(x) - sum(counts))


def has_spread(x: FloatArray) -> bool:
    """Whether the samples differ by more than rounding, outliers left aside; shape (n,)."""
    if not len(x):
        return False
    low, high = shown_range(x)
    return high - low > _ROUNDING * abs(high)


def shown_range(x: FloatArray) -> tuple[float, float]:
    """The smallest and the largest sample that is no outlier; shape (n,), n >= 1."""
    lower, upper = np.percentile(x, [25, 75])
    reach = _FENCE * (upper - lower)
    usual = x[(x >= lower - reach) & (x <= upper + reach)]
    low = min(float(np.min(usual)), float(np.quantile(x, _TAIL, method="higher")))
    high = max(float(np.max(usual)), float(np.quantile(x, 1 - _TAIL, method="lower")))
    return low, high
