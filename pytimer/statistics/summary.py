"""A series in a few numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pytimer.samples import FloatArray
from pytimer.statistics.autocorrelation import effective_sample_size
from pytimer.statistics.checked import checked


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


def timer_step(x: FloatArray) -> float:
    """The smallest difference between two different samples; 0 where all are equal."""
    steps = np.diff(np.unique(checked(x, least=0)))
    return float(np.min(steps)) if len(steps) else 0.0


@dataclass(frozen=True, slots=True)
class Summary:
    """A series in a few numbers, in the unit of the samples; None where undefined.

    Attributes:
        count: n.
        mean, std: over all samples, ddof = 0, as in the article; std needs n >= 2.
        mad: median distance from the median.
        effective: how many independent samples the series is worth.
        mild, far: how many samples lie beyond the inner (1.5 interquartile ranges) and of these
            beyond the outer (3) fence of Tukey.
    """

    count: int
    mean: float | None
    std: float | None
    median: float | None
    minimum: float | None
    maximum: float | None
    mad: float | None
    effective: float | None
    mild: int
    far: int


def summary(x: FloatArray) -> Summary:
    """The series in a few numbers.

    Args:
        x: samples in the order they were taken, any unit, shape (n,).

    Raises:
        ValueError: a value is not finite.
    """
    x = checked(x, least=0)
    if not len(x):
        return Summary(0, None, None, None, None, None, None, None, 0, 0)
    lower, median, upper = (float(q) for q in np.percentile(x, [25, 50, 75]))
    distance = np.maximum(lower - x, x - upper)
    return Summary(
        count=len(x),
        mean=mean(x),
        std=std(x),
        median=median,
        minimum=float(np.min(x)),
        maximum=float(np.max(x)),
        mad=float(np.median(np.abs(x - median))),
        effective=effective_sample_size(x),
        mild=int(np.count_nonzero(distance > 1.5 * (upper - lower))),
        far=int(np.count_nonzero(distance > 3 * (upper - lower))),
    )
