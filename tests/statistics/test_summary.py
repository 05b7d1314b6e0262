import statistics as stdlib
from fractions import Fraction

import numpy as np
import pytest

from pytimer import statistics

SHUFFLED = np.array([5.0, 1.0, 4.0, 2.0, 3.0])


def test_mean_and_std_agree_with_the_standard_library():
    assert statistics.mean(SHUFFLED) == stdlib.fmean(SHUFFLED)
    assert statistics.std(SHUFFLED) == pytest.approx(stdlib.pstdev(SHUFFLED), rel=1e-15)


def test_undefined_statistics_are_none():
    empty, one = np.empty(0), np.array([2.0])
    assert statistics.mean(empty) is None
    assert statistics.std(empty) is None
    assert statistics.std(one) is None
    assert statistics.percentile(empty, 0.5) is None


def test_percentile_interpolates_at_n_minus_1_times_p():
    # Sorted 1..5: index (5 - 1) × 3/5 = 12/5, so 3 + 2/5.
    assert statistics.percentile(SHUFFLED, 0.6) == pytest.approx(float(Fraction(17, 5)))
    assert statistics.percentile(np.array([1.0, 2.0]), 0.5) == 1.5
    assert statistics.percentile(np.array([7.0]), 0.5) == 7.0
    assert statistics.percentile(SHUFFLED, 0.0) == 1.0
    assert statistics.percentile(SHUFFLED, 1.0) == 5.0


def test_ties_are_one_value():
    ties = np.full(100, 3.0)
    assert statistics.percentile(ties, 0.99) == 3.0
    assert statistics.std(ties) == 0.0


@pytest.mark.parametrize(
    ("p", "least"), [(0.5, 1), (0.9, 10), (0.95, 20), (0.99, 100), (0.01, 100)]
)
def test_a_percentile_needs_as_many_samples_as_its_tail_is_rare(p, least):
    assert statistics.least_samples(p) == least
    assert statistics.percentile(np.arange(least, dtype=float), p) is not None
    if least > 1:
        assert statistics.percentile(np.arange(least - 1, dtype=float), p) is None


@pytest.mark.parametrize("p", [-0.1, 1.1, 99])
def test_a_fraction_outside_0_and_1_is_refused(p):
    with pytest.raises(ValueError, match=r"0\.99 is the 99th percentile"):
        statistics.percentile(SHUFFLED, p)


def test_a_tiny_spread_on_a_huge_offset_is_seen():
    x = 1e6 + np.array([0.0, 2e-6])
    assert statistics.std(x) == pytest.approx(1e-6, rel=1e-3)
