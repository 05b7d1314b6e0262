import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pytimer.plan import Strategy
from pytimer.probing import Outcome, tries


def search(strategy, limit, cap=None, share=None):
    """(largest that fitted, sizes tried) where every size up to `limit` fits."""
    tried = []
    steps = tries(strategy, cap)
    size = next(steps).size
    while True:
        tried.append(size)
        fitted = size <= limit
        try:
            size = steps.send(Outcome(fitted, share(size) if fitted and share else None)).size
        except StopIteration:
            return max((s for s in tried if s <= limit), default=0), tried


@pytest.mark.parametrize("strategy", list(Strategy))
@pytest.mark.parametrize("limit", [*range(20), 63, 64, 65, 100])
def test_the_exact_limit_is_found(strategy, limit):
    largest, tried = search(strategy, limit, share=lambda size: size / (limit + 0.5))
    assert largest == limit
    assert limit + 1 in tried  # that no larger one fits has been tried, not assumed
    assert len(tried) == len(set(tried))


@pytest.mark.parametrize("strategy", list(Strategy))
@pytest.mark.parametrize("cap", [1, 2, 7, 8, 9])
def test_nothing_above_the_cap_is_tried(strategy, cap):
    largest, tried = search(strategy, 1000, cap, share=lambda size: size / 1000.5)
    assert largest == cap
    assert max(tried) == cap


def test_binary_doubles_then_bisects():
    assert search(Strategy.BINARY, 5)[1] == [1, 2, 4, 8, 6, 5]


def test_sequential_goes_one_by_one():
    assert search(Strategy.SEQUENTIAL, 3)[1] == [1, 2, 3, 4]


def test_binary_needs_logarithmically_many():
    assert len(search(Strategy.BINARY, 3000)[1]) <= 24


def test_guided_goes_straight_to_a_limit_that_memory_predicts():
    affine = lambda size: 0.2 + 0.8 * size / 150.5  # noqa: E731
    assert search(Strategy.GUIDED, 150, share=affine)[1] == [1, 4, 150, 151]


def test_guided_goes_straight_to_a_cap_below_what_memory_predicts():
    assert search(Strategy.GUIDED, 1000, cap=8, share=lambda size: size / 1000)[1] == [1, 4, 8]


def test_guided_without_memory_peaks_is_exact_and_not_much_longer_than_binary():
    for limit in (5, 37, 1000, 3000):
        largest, tried = search(Strategy.GUIDED, limit)
        assert largest == limit
        assert len(tried) <= len(search(Strategy.BINARY, limit)[1]) + 4


def test_guided_gallops_where_more_fits_than_memory_predicts():
    """The peaks say 100, a thousand fit: not one by one."""
    largest, tried = search(Strategy.GUIDED, 1000, share=lambda size: min(size / 100, 0.999))
    assert largest == 1000
    assert len(tried) <= 40


@pytest.mark.parametrize("limit", [300, 700, 950])
def test_guided_steps_back_in_strides_where_less_fits_than_memory_predicts(limit):
    """The peaks say 1000: not one by one down from there."""
    largest, tried = search(Strategy.GUIDED, limit, share=lambda size: size / 1000)
    assert largest == limit
    assert len(tried) <= 16


@pytest.mark.parametrize("limit", [5, 37, 1000])
def test_guided_survives_peaks_that_are_nothing_but_noise(limit):
    """The peaks say a billion fit. The first guess, 64 times what fitted, has to be undone."""
    largest, tried = search(Strategy.GUIDED, limit, share=lambda size: size / 1e9)
    assert largest == limit
    assert len(tried) <= len(search(Strategy.BINARY, limit)[1]) + 5


@settings(max_examples=500, deadline=None)
@example(limit=4, cap=None, shares=[None, -2.225073858507203e-309, None, None, 0.0])
@example(limit=5, cap=None, shares=[None, -2.225073858507203e-309, 0.0])
@given(
    limit=st.integers(0, 5000),
    cap=st.none() | st.integers(1, 5000),
    shares=st.lists(st.none() | st.floats(-1e6, 1e6, allow_nan=False), min_size=1, max_size=20),
)
def test_guided_is_exact_whatever_the_memory_peaks_say(limit, cap, shares):
    """Peaks only change how many sizes are tried."""
    largest, tried = search(
        Strategy.GUIDED, limit, cap, share=lambda size: shares[size % len(shares)]
    )
    assert largest == min(limit, cap or math.inf)
    assert len(tried) == len(set(tried))
    assert cap is None or max(tried) <= cap
    assert len(tried) <= 80
