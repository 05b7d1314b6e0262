"""Verdicts from one figure of each process, where the truth is known."""

import math

import numpy as np
import pytest

from pytimer.statistics import compare_processes

TRIALS = 2000


def drawn(rng, factor, spread, count):
    return 0.01 * factor * np.exp(rng.normal(0, spread, count))


def changes(factor, spread, count, bound=0.05, trials=TRIALS):
    rng = np.random.default_rng(7)
    return [
        compare_processes(
            drawn(rng, 1, spread, count), drawn(rng, factor, spread, count), bound=bound
        )
        for _ in range(trials)
    ]


@pytest.mark.parametrize("spread", [0.01, 0.05])
def test_identical_work_is_hardly_ever_called_different(spread):
    found = changes(1, spread, 5)
    different = [change for change in found if change.verdict in ("slower", "faster")]
    assert len(different) <= 0.05 * TRIALS
    assert sum(change.regression is True for change in found) <= 0.001 * TRIALS


def test_a_regression_of_ten_percent_is_found():
    found = changes(1.1, 0.01, 5)
    assert sum(change.regression is True for change in found) >= 0.95 * TRIALS
    assert {change.verdict for change in found if change.regression} == {"slower"}
    control = changes(1 / 1.1, 0.01, 5)
    assert not any(change.regression for change in control)
    assert sum(change.verdict == "faster" for change in control) >= 0.95 * TRIALS


@pytest.mark.parametrize("counts", [(2, 2), (1, 4), (4, 1), (3, 3)])
def test_processes_that_differ_by_more_than_is_assumed_are_no_regression(counts):
    rng = np.random.default_rng(7)
    found = [
        compare_processes(*(drawn(rng, 1, 0.2, count) for count in counts), bound=0.05)
        for _ in range(1000)
    ]
    assert sum(change.regression is True for change in found) <= 0.05 * 1000
    assert {change.assumed for change in found} == {True, False}
    control = [
        compare_processes(drawn(rng, 1, 0.2, 1), drawn(rng, 1, 0.2, 1), bound=0.05)
        for _ in range(1000)
    ]
    assert sum(change.regression is True for change in control) > 0.05 * 1000


def test_the_interval_of_few_processes_is_the_wider_of_two_by_hand():
    # Logs 0 and 0.2, and 1 and 1.2: pooled variance (0.02 + 0.02) / 2, so a standard error of
    # sqrt(0.02) × sqrt(1/2 + 1/2) with 2 degrees of freedom: t = 4.303.
    change = compare_processes(np.exp([0, 0.2]), np.exp([1, 1.2]), bound=0.05)
    assert change.high == pytest.approx(math.exp(1 + 4.302653 * math.sqrt(0.02)), rel=1e-6)
    assert not change.assumed
    # Without any spread: 10 % of one process, so 0.1 for two on each side, times 1.96.
    change = compare_processes([1.0, 1.0], [2.0, 2.0], bound=0.05)
    assert change.high == pytest.approx(2 * math.exp(1.959964 * 0.1), rel=1e-6)
    assert change.assumed


@pytest.mark.parametrize("count", [1, 4])
def test_a_percentile_of_few_processes_has_no_verdict(count):
    base, new = [1.0] * count, [2.0] * count
    for one, other in ((base, new), (new, base)):
        change = compare_processes(one, other, bound=0.05, figure="percentile")
        assert (change.verdict, change.regression) == ("inconclusive", None)
        assert change.needs == 5
        assert compare_processes(one, other, bound=0.05).regression is not None
    enough = compare_processes([1.0] * 5, [2.0] * 5, bound=0.05, figure="percentile")
    assert enough.regression is True


@pytest.mark.parametrize("count", [1, 2, 4])
def test_too_few_processes_have_no_verdict_on_three_percent(count):
    found = changes(1.03, 0.001, count, trials=200)
    assert {change.verdict for change in found} == {"inconclusive"}
    assert all(change.assumed and change.needs >= 5 for change in found)
    control = changes(1.03, 0.001, 5, trials=200)
    assert {change.verdict for change in control} == {"slower"}


def test_an_obvious_change_needs_but_one_process():
    assert compare_processes([1.0], [2.0], bound=0.05).regression is True
    assert compare_processes([2.0], [1.0], bound=0.05).verdict == "faster"


def test_the_interval_is_that_of_welch_by_hand():
    # Logs 0, 0, 0, 0, 0.1 and 0.2 more: means 0.02 and 0.22, both variances 0.002 (ddof 1), so the
    # standard error is sqrt(2 × 0.002 / 5) and there are 8 degrees of freedom: t = 2.306.
    base = np.exp([0, 0, 0, 0, 0.1])
    change = compare_processes(base, base * math.exp(0.2), bound=0.05)
    half = 2.306004 * math.sqrt(2 * 0.002 / 5)
    assert change.ratio == pytest.approx(math.exp(0.2))
    assert change.low == pytest.approx(math.exp(0.2 - half), rel=1e-6)
    assert change.high == pytest.approx(math.exp(0.2 + half), rel=1e-6)


def test_the_order_and_the_unit_do_not_matter():
    base, new = np.array([1.0, 1.2, 0.9, 1.1, 1.0]), np.array([1.3, 1.1, 1.2, 1.4, 1.25, 1.3])
    change = compare_processes(base, new, bound=0.05)
    other = compare_processes(base[::-1] * 1e-6, new[::-1] * 1e-6, bound=0.05)
    assert (other.low, other.ratio, other.high) == pytest.approx(
        (change.low, change.ratio, change.high)
    )
    back = compare_processes(new, base, bound=0.05)
    assert back.low == pytest.approx(1 / change.high)


def test_figures_without_any_spread_are_exact():
    change = compare_processes([1.0] * 5, [1.0] * 5, bound=0.05)
    assert (change.low, change.high, change.verdict) == (1.0, 1.0, "same")
    slower = compare_processes([1.0] * 5, [1.04] * 5, bound=0.05)
    assert (slower.verdict, slower.regression) == ("slower", False)


def test_as_many_processes_as_it_asks_for_tell():
    [*found] = changes(1, 0.04, 5, trials=100)
    needs = [change.needs for change in found if change.needs is not None]
    assert len(needs) > 50
    wanted = int(np.median(needs))
    assert wanted > 5
    undecided = [c for c in changes(1, 0.04, wanted, trials=200) if c.regression is None]
    assert len(undecided) <= 0.2 * 200


@pytest.mark.parametrize(
    ("base", "new", "bound", "message"),
    [
        ([], [1.0], 0.05, "at least 1"),
        ([1.0], [0.0], 0.05, "above 0"),
        ([1.0], [math.nan], 0.05, "finite"),
        ([1.0], [1.0], 0.0, "between 0 and 1, got 0.0"),
    ],
)
def test_what_cannot_be_compared_is_refused(base, new, bound, message):
    with pytest.raises(ValueError, match=message):
        compare_processes(base, new, bound=bound)
