"""Statistics of samples: pure functions of numpy arrays."""

from __future__ import annotations

import numpy as np

from pytimer.samples import FloatArray


def mean(x: FloatArray) -> float | None:
    """Arithmetic mean, in the unit of `x`, shape (n,); None for n = 0."""
    return float(np.mean(x)) if len(x) else None


def std(x: FloatArray) -> float | None:
    """Standard deviation with ddof = 0, as the article computes it; None for n < 2."""
    return float(np.std(x)) if len(x) >= 2 else None


def percentile(x: FloatArray, p: float) -> float | None:
    """Value below which the fraction `p` of the samples lies.

    Args:
        x: samples, any unit, shape (n,).
        p: fraction in [0, 1]; 0.99 is the 99th percentile.

    Returns:
        Linear interpolation at index (n - 1) * p of the sorted samples; None where n is too small
        for that percentile to be seen: n < 1 / (1 - p) above the median, n < 1 / p below it.
        `p` = 0 and 1 are the minimum and the maximum.

    Raises:
        ValueError: p lies outside [0, 1].

    Source:
        Hyndman and Fan (1996), definition 7.
    """
    if not 0 <= p <= 1:
        raise ValueError(f"p must lie in [0, 1], got {p}; 0.99 is the 99th percentile")
    return float(np.quantile(x, p)) if len(x) >= least_samples(p) else None


def least_samples(p: float) -> int:
    """The least n for which the percentile `p` is seen at all; 1 for the median, 100 for p99."""
    tail = min(p, 1 - p)
    return 1 if tail in (0.0, 0.5) else int(np.ceil(round(1 / tail, 9)))
