"""A series longer than one transform has the autocorrelation time that its definition gives."""

import tracemalloc

import numpy as np
import pytest

from pytimer.statistics import autocorrelation_time
from pytimer.statistics.autocorrelation import _LONGEST_LAG, _PIECE


def by_definition(x):
    """Geyer's initial monotone sequence, from sums of products."""
    centred = x - np.mean(x)
    lags = _LONGEST_LAG - 1
    sums = [float(np.dot(centred[: len(x) - lag], centred[lag:])) for lag in range(lags + 1)]
    total, smallest = 0.0, np.inf
    for first, second in zip(sums[0::2], sums[1::2], strict=True):
        if first + second <= 0:
            break
        smallest = min(smallest, first + second)
        total += smallest / sums[0]
    return 2 * total - 1


@pytest.mark.parametrize("count", [_PIECE - 1, _PIECE, _PIECE + 1, 2 * _PIECE + 77])
def test_the_sums_of_products_run_on_from_piece_to_piece(count):
    noise = np.random.default_rng(7).normal(size=count)
    x = np.convolve(noise, np.ones(30), mode="same")
    tau = autocorrelation_time(x)
    assert tau == pytest.approx(by_definition(x), rel=1e-9)
    assert 25 < tau < 35


def test_a_long_series_is_not_copied_many_times():
    x = np.random.default_rng(7).normal(size=1_000_000)
    tracemalloc.start()
    try:
        autocorrelation_time(x)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak_bytes < 3 * x.nbytes
