"""What is unusual about a series: shifts, modes, noise, correlation, spikes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pytimer.samples import FloatArray
from pytimer.statistics.autocorrelation import autocorrelation_time, indicator_time
from pytimer.statistics.checked import checked

_LEAST = 40
"""Below this many samples the rules have not been tried, and nothing is flagged."""

_SHIFT_CRITICAL = 1.628
"""Of the Kolmogorov distribution at the 1 % level."""
_SHIFT_SIZE = 0.01
_SHIFT_EDGE = 15

_ASHMAN_D = 4.5
_LEAST_CLUSTER = 0.05
_LEAST_GAP = 0.02

_NOISY = 0.05
_AUTOCORRELATED = 3.0
_SPIKY = 0.02


@dataclass(frozen=True, slots=True)
class Flag:
    """Something unusual about a series.

    Attributes:
        name: "shifted", "bimodal", "noisy", "autocorrelated" or "spiky".
        size: how much, relative to the median (for autocorrelated: the autocorrelation time).
        position: index of the sample where it happens; None where it has no place.
    """

    name: str
    size: float
    position: int | None = None


def flags(x: FloatArray, *, resolution_s: float = 0.0) -> tuple[Flag, ...]:
    """What is unusual about a series of durations; empty for fewer than 40 samples.

    Args:
        x: durations in the order they were taken, seconds, shape (n,).
        resolution_s: step of the timer.

    Raises:
        ValueError: a value is not finite, or not above 0.
    """
    x = checked(x, least=0, positive=True)
    return tuple(_flags(x, resolution_s)) if len(x) >= _LEAST else ()


def _flags(x: FloatArray, resolution_s: float) -> Iterator[Flag]:
    median = float(np.median(x))
    shift = _shift(x)
    if shift is not None:
        yield shift
    gap = _gap_between_modes(x, resolution_s)
    if gap is not None:
        yield Flag("bimodal", gap)
    spread = 1.4826 * float(np.median(np.abs(x - median))) / median
    if spread > _NOISY:
        yield Flag("noisy", spread)
    tau = indicator_time(x, median)
    if tau > _AUTOCORRELATED:
        yield Flag("autocorrelated", tau)
    lower, upper = np.percentile(x, [25, 75])
    fence = upper + 3 * max(upper - lower, resolution_s)
    share = float(np.mean(x > fence))
    if share >= _SPIKY:
        yield Flag("spiky", share)


def _ranks(x: FloatArray) -> FloatArray:
    """The rank of each value, from 1; those that are equal share their mean rank."""
    _, place, counts = np.unique(x, return_inverse=True, return_counts=True)
    means: FloatArray = np.cumsum(counts) - (counts - 1) / 2
    return means[place]


def _shift(x: FloatArray) -> Flag | None:
    """Rank CUSUM over the long-run deviation of the ranks, and a median that moved with it."""
    n = len(x)
    ranks = _ranks(x)
    ranks -= np.mean(ranks)
    distance = np.abs(np.cumsum(ranks)[:-1])
    distance[: _SHIFT_EDGE - 1] = 0
    distance[n - _SHIFT_EDGE :] = 0
    position = int(np.argmax(distance)) + 1
    rest = ranks.copy()
    rest[:position] -= np.mean(rest[:position])
    rest[position:] -= np.mean(rest[position:])
    tau = min(autocorrelation_time(rest), n / 4)
    deviation = math.sqrt(max(float(np.var(rest)) * tau, 1e-12))
    size = float(np.median(x[position:]) / np.median(x[:position])) - 1
    moved = float(distance.max()) / (deviation * math.sqrt(n)) > _SHIFT_CRITICAL
    return Flag("shifted", size, position) if moved and abs(size) > _SHIFT_SIZE else None


def _gap_between_modes(x: FloatArray, resolution_s: float) -> float | None:
    """Relative gap between two clusters of the values; None where there are not two.

    The best two-cluster split (Otsu) of the log values without gross outliers, and Ashman's D of
    the clusters on robust deviations.
    """
    low, median, high = np.percentile(x, [5, 50, 95])
    reach = 3 * (high - low)
    kept = x[(x >= median - reach) & (x <= median + reach)]
    values = np.sort(np.log(kept))
    n = len(values)
    if n < 2:
        return None
    counts = np.arange(1, n)
    sums = np.cumsum(values)
    left, right = sums[:-1] / counts, (sums[-1] - sums[:-1]) / (n - counts)
    split = int(np.argmax(counts * (n - counts) * (right - left) ** 2)) + 1
    fast, slow = values[:split], values[split:]
    if min(len(fast), len(slow)) < _LEAST_CLUSTER * n:
        return None
    floor = max(resolution_s / median / 3.46, 1e-9)
    deviation = math.hypot(_robust_deviation(fast, floor), _robust_deviation(slow, floor))
    separation = math.sqrt(2) * float(np.mean(slow) - np.mean(fast)) / deviation
    gap = float(np.exp(np.median(slow) - np.median(fast))) - 1
    wide = gap > max(_LEAST_GAP, 3 * resolution_s / median)
    return gap if separation > _ASHMAN_D and wide else None


def _robust_deviation(values: FloatArray, least: float) -> float:
    return max(1.4826 * float(np.median(np.abs(values - np.median(values)))), least)
