"""How many independent samples a series is worth."""

from __future__ import annotations

import numpy as np
from scipy import fft

from pytimer.samples import FloatArray
from pytimer.statistics.checked import checked

_LONGEST_LAG = 400

_PIECE = 65_536
"""Samples transformed at once, so that a long series takes no memory in proportion."""


def autocorrelation_time(x: FloatArray) -> float:
    """Integrated autocorrelation time of the series, in samples, at least 1.

    Args:
        x: samples in the order they were taken, any unit, shape (n,), n >= 1.

    Returns:
        1 for independent samples; tau where n samples are worth n / tau independent ones.

    Raises:
        ValueError: n is 0, or a value is not finite.

    Source:
        Geyer (1992), initial monotone positive sequence.
    """
    x = checked(x)
    n = len(x)
    lags = min(n // 2, _LONGEST_LAG)
    lags -= 1 - lags % 2  # pairs of lags (0, 1), (2, 3) …
    if lags < 1:
        return 1.0
    covariance = _covariance(x - np.mean(x), lags)
    # What is left of a constant is rounding, and no correlation.
    scale = np.finfo(float).eps * n * float(np.max(np.abs(x))) ** 2
    if covariance[0] <= scale * np.finfo(float).eps * n:
        return 1.0
    pairs = (covariance[0::2] + covariance[1::2]) / covariance[0]
    negative = np.flatnonzero(pairs <= 0)
    initial = pairs[: negative[0]] if len(negative) else pairs
    if len(initial) == 0:
        return 1.0
    return float(max(1.0, 2 * np.sum(np.minimum.accumulate(initial)) - 1))


def _covariance(x: FloatArray, lags: int) -> FloatArray:
    """Sum of `x[i] * x[i + lag]` for each lag from 0 to `lags`, shape (lags + 1,)."""
    piece = min(_PIECE, len(x))
    length = fft.next_fast_len(piece + lags, real=True)
    covariance = np.zeros(lags + 1)
    for start in range(0, len(x), piece):
        part = fft.rfft(x[start : start + piece], length)
        with_next = fft.rfft(x[start : start + piece + lags], length)
        covariance += fft.irfft(np.conj(part) * with_next, length)[: lags + 1]
    return covariance


def effective_sample_size(x: FloatArray) -> float:
    """How many independent samples the series is worth for its median: n / tau.

    tau is the autocorrelation time of the indicator `x <= median`, at most n / 4.

    Args:
        x: samples in the order they were taken, any unit, shape (n,), n >= 1.

    Raises:
        ValueError: n is 0, or a value is not finite.
    """
    x = checked(x)
    return len(x) / indicator_time(x, float(np.median(x)))


def indicator_time(x: FloatArray, threshold: float) -> float:
    """Autocorrelation time of `x <= threshold`, at most n / 4 and at least 1."""
    tau = autocorrelation_time((x <= threshold).astype(np.float64))
    return max(1.0, min(tau, len(x) / 4))
