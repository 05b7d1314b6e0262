"""What must hold for any series."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pytimer import statistics

DURATIONS = st.floats(1e-9, 1e3, allow_nan=False)
SERIES = arrays(np.float64, st.integers(1, 300), elements=DURATIONS)
FRACTIONS = st.floats(0.01, 0.99)

settings.register_profile("pytimer", deadline=None, max_examples=60)
settings.load_profile("pytimer")


@given(SERIES, FRACTIONS)
def test_the_interval_contains_the_point(x, p):
    found = statistics.percentile_interval(x, p)
    # The order statistic at that fraction; interpolation between two may leave a narrow interval.
    point = float(np.sort(x)[max(math.ceil(p * len(x)), 1) - 1])
    assert found.low_s is None or found.low_s <= point
    assert found.high_s is None or point <= found.high_s
    assert (found.needs is None) == (None not in (found.low_s, found.high_s))


@given(SERIES, st.permutations(range(8)))
def test_order_does_not_matter_where_it_must_not(x, order):
    assume(len(x) >= 8)
    shuffled = np.r_[x[list(order)], x[8:]]
    ours, theirs = statistics.summary(x), statistics.summary(shuffled)
    for name in ("count", "median", "minimum", "maximum", "mad", "mild", "far"):
        assert getattr(ours, name) == getattr(theirs, name)
    assert ours.mean == pytest.approx(theirs.mean)


@given(SERIES, st.sampled_from([2.0**-20, 0.5, 1024.0]))
def test_the_unit_does_not_matter(x, factor):
    """Powers of two, so that scaling is exact."""
    scaled = x * factor
    assert statistics.summary(scaled).median == statistics.summary(x).median * factor
    assert statistics.warm_up_cut(scaled) == statistics.warm_up_cut(x)
    ours, theirs = statistics.percentile_interval(x), statistics.percentile_interval(scaled)
    assert (ours.low_s is None) == (theirs.low_s is None)
    if ours.low_s is not None:
        assert theirs.low_s == ours.low_s * factor
    assert {flag.name for flag in statistics.flags(scaled)} == {
        flag.name for flag in statistics.flags(x)
    }


@given(SERIES, FRACTIONS, FRACTIONS)
def test_percentiles_grow_with_p(x, one, other):
    low, high = sorted((one, other))
    values = statistics.percentile(x, low), statistics.percentile(x, high)
    if None not in values:
        assert values[0] <= values[1]


@given(SERIES)
def test_the_effective_sample_size_is_between_one_and_n(x):
    assert 1 <= statistics.effective_sample_size(x) <= len(x)
    assert 0 <= statistics.warm_up_cut(x) <= len(x) / 2


@given(SERIES)
def test_comparing_the_other_way_round_inverts_the_answer(x):
    other = np.roll(x, 1)
    there, back = statistics.compare_pairs(x, other), statistics.compare_pairs(other, x)
    assert there.ratio * back.ratio == pytest.approx(1)
    opposite = {"slower": "faster", "faster": "slower"}
    if there.verdict in opposite:
        assert back.verdict == opposite[there.verdict]
