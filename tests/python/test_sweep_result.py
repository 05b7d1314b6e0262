"""What a sweep answers, from rates that are given."""

import pytest

from pytimer import SweepPlan, SweepPoint, SweepResult
from pytimer.curve import Block

from . import results


def sweep(rates, noise=(1.0, 1.0, 1.0)):
    """Rates by batch size; `noise` is of size 2 alone, a factor on its time in each round."""
    points = tuple(
        SweepPoint(
            size,
            results.probe(size),
            results.host_samples(10),
            tuple(Block(10, 10 * size / rate * (f if size == 2 else 1)) for f in noise),
        )
        for size, rate in rates.items()
    )
    surroundings = results.environment(results.CPU)
    return SweepResult(results.subject(results.CPU), SweepPlan(), points, None, surroundings, ())


def test_the_knee_is_the_smallest_within_5_percent_of_the_fastest():
    curve = sweep({1: 50.0, 2: 96.0, 4: 98.0, 8: 100.0, 16: 99.0})
    assert (curve.fastest.batch_size, curve.knee.batch_size) == (8, 2)
    assert curve.largest.batch_size == 16
    assert curve.knee_in_doubt == ()
    assert sweep({1: 50.0, 2: 94.0, 8: 100.0}).knee.batch_size == 8


def test_sizes_that_the_intervals_leave_possible_are_named():
    around = (0.97, 1.0, 1.03)
    just_below = sweep({1: 50.0, 2: 94.0, 4: 97.0, 8: 100.0}, around)
    assert just_below.knee.batch_size == 4
    assert just_below.knee_in_doubt == (2,)
    just_above = sweep({1: 50.0, 2: 96.0, 4: 97.0, 8: 100.0}, around)
    assert just_above.knee.batch_size == 2
    assert just_above.knee_in_doubt == (4,)


def test_rates_are_compared_round_by_round():
    """What slows a whole round is in both, and cancels."""
    drift = (1.0, 2.0, 4.0)
    slow, fast = (
        SweepPoint(1, results.probe(1), None, tuple(Block(10, 0.1 / rate * d) for d in drift))
        for rate in (1.0, 1.25)
    )
    ratio, (low, high) = slow.rate_over(fast)
    assert ratio == pytest.approx(0.8)
    assert (low, high) == pytest.approx((0.8, 0.8))
    assert slow.items_per_s_interval[1] > 4 * slow.items_per_s_interval[0]


def test_a_size_without_a_rate_has_no_interval():
    assert SweepPoint(1, results.probe(1), None, ()).items_per_s_interval is None
