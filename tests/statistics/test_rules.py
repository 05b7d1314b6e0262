"""The rules on series whose answer is known by construction or by hand."""

import math

import numpy as np
import pytest

from pytimer import statistics

from .series import WARM_UPS, correlated, steady, two_modes

NAMES = {"shifted", "bimodal", "noisy", "autocorrelated", "spiky"}


@pytest.fixture
def rng():
    return np.random.default_rng(20_26)


def names(x, **options):
    return {flag.name for flag in statistics.flags(x, **options)}


# Autocorrelation.


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.5, 0.7, 0.9])
def test_autocorrelation_time_of_a_first_order_process(rng, rho):
    """(1 + rho) / (1 - rho), by the sum of its geometric autocorrelation."""
    times = [statistics.autocorrelation_time(x) for x in correlated(rng, 20, 20_000, rho)]
    assert np.mean(times) == pytest.approx((1 + rho) / (1 - rho), rel=0.1)


@pytest.mark.parametrize("x", [[5.0], [5.0, 5.0], [1.0, 2.0], [3.0] * 1000, [1e9] * 500])
def test_short_and_constant_series_are_worth_what_they_are(x):
    assert statistics.autocorrelation_time(np.array(x)) == 1.0
    assert statistics.effective_sample_size(np.array(x)) == len(x)


def test_a_shuffled_series_is_worth_more(rng):
    x = np.exp(correlated(rng, 1, 2000, 0.9)[0])
    shuffled = rng.permutation(x)
    assert statistics.effective_sample_size(shuffled) > 3 * statistics.effective_sample_size(x)


# Intervals.


@pytest.mark.parametrize(
    ("p", "needs"), [(0.5, 6), (0.9, 36), (0.95, 72), (0.99, 368), (0.999, 3688), (0.01, 368)]
)
def test_an_interval_needs_as_many_samples_as_hand_arithmetic_says(rng, p, needs):
    """p^n ≤ 2.5 %: with fewer the largest (or smallest) sample is no bound."""
    assert statistics.least_for_interval(p) == needs
    tail = max(p, 1 - p)
    assert tail**needs <= 0.025 < tail ** (needs - 1)
    few = statistics.percentile_interval(rng.random(5), p)
    assert few.needs == needs
    assert None in (few.low_s, few.high_s)
    many = statistics.percentile_interval(rng.random(3 * needs), p)
    assert many.needs is None
    assert many.low_s < many.high_s


def test_the_interval_of_independent_samples_is_the_textbooks():
    """n = 100, median: ranks 50 ± 1.984 × 5 → the 40th and 60th value, outward by rounding."""
    x = np.random.default_rng(3).permutation(np.arange(1.0, 101.0))
    found = statistics.percentile_interval(x)
    assert 38 <= found.low_s <= 41
    assert 60 <= found.high_s <= 63


def test_a_timers_step_widens_the_interval_by_half_of_it():
    x = np.tile([1.0, 2.0], 50)
    plain = statistics.percentile_interval(x)
    wide = statistics.percentile_interval(x, resolution_s=0.5)
    assert wide.low_s == plain.low_s - 0.25
    assert wide.high_s == plain.high_s + 0.25


def test_a_constant_has_an_interval_of_no_width():
    found = statistics.percentile_interval(np.full(50, 3.0))
    assert (found.low_s, found.high_s) == (3.0, 3.0)


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
def test_the_interval_of_the_median_covers_the_truth(rng, rho):
    covered = 0
    for x in steady(rng, 300, 300, rho=rho):
        found = statistics.percentile_interval(x)
        covered += found.low_s <= 1 <= found.high_s
    assert covered / 300 >= (0.92 if rho < 0.9 else 0.88)


def test_a_naive_interval_does_not():
    """The control arm: order statistics at n instead of the effective sample size."""
    rng = np.random.default_rng(5)
    covered = 0
    for x in np.sort(steady(rng, 300, 300, rho=0.9)):
        half = 1.96 * math.sqrt(300) / 2
        covered += x[int(150 - half) - 1] <= 1 <= x[int(150 + half)]
    assert covered / 300 < 0.6


# Warm-up.


@pytest.mark.parametrize("kind", [kind for kind in WARM_UPS if kind != "none"])
def test_the_cut_leaves_a_median_without_bias(rng, kind):
    t = np.arange(600)
    biases, uncut = [], []
    for x in steady(rng, 40, 600, rho=0.3) * WARM_UPS[kind](t):
        cut = statistics.warm_up_cut(x)
        biases.append(np.median(x[cut:]) - 1)
        uncut.append(np.mean(x) - 1)
    assert abs(np.mean(biases)) <= 0.005
    assert abs(np.mean(uncut)) > 0.005  # what the mean of all samples says


def test_steady_series_are_not_cut(rng):
    cuts = [statistics.warm_up_cut(x) > 0 for x in steady(rng, 200, 300, rho=0.5)]
    assert np.mean(cuts) <= 0.05


def test_a_change_in_the_second_half_is_no_warm_up(rng):
    x = steady(rng, 1, 300)[0]
    x[200:] *= 1.2
    assert statistics.warm_up_cut(x) == 0
    assert len(statistics.segments(x)) == 2
    assert statistics.segments(x)[0].end == 200


@pytest.mark.parametrize("n", [1, 2, 50, 99])
def test_too_short_a_series_is_not_cut(n):
    assert statistics.warm_up_cut(np.r_[np.full(n // 2, 9.0), np.ones(n - n // 2)]) == 0


# Flags.


def test_steady_series_have_no_flags(rng):
    for x in steady(rng, 100, 300):
        assert not names(x) & {"noisy", "spiky", "bimodal", "autocorrelated"}


def test_a_shift_is_found_with_place_and_size(rng):
    for x in steady(rng, 50, 300):
        x[150:] *= 1.03
        (flag,) = [flag for flag in statistics.flags(x) if flag.name == "shifted"]
        assert flag.size == pytest.approx(0.03, abs=0.01)
        assert abs(flag.position - 150) < 40


def test_modes_are_found(rng):
    for x in two_modes(rng, 50, 300):
        (flag,) = [flag for flag in statistics.flags(x) if flag.name == "bimodal"]
        assert flag.size == pytest.approx(0.1, abs=0.02)


def test_other_flags(rng):
    assert "noisy" in names(steady(rng, 1, 300, sigma=0.1)[0])
    assert "autocorrelated" in names(steady(rng, 1, 600, rho=0.9)[0])
    assert "spiky" in names(steady(rng, 1, 300, spikes=0.05)[0])


def test_a_coarse_timer_is_not_two_modes(rng):
    for x in steady(rng, 50, 300, sigma=0.006, step=0.01):
        assert "bimodal" not in names(x, resolution_s=0.01)


@pytest.mark.parametrize("n", [0, 1, 2, 39])
def test_few_samples_have_no_flags(n):
    assert statistics.flags(np.arange(1.0, n + 1)) == ()


def test_a_constant_has_no_flags():
    assert statistics.flags(np.full(300, 2.0)) == ()


# Pairs.


def test_identical_work_is_called_different_in_at_most_five_of_a_hundred():
    rng = np.random.default_rng(11)
    verdicts = []
    for _ in range(1000):
        drift = np.exp(0.03 * np.linspace(0, 1, 300) + 0.02 * correlated(rng, 1, 300, 0.8)[0])
        a, b = drift * steady(rng, 2, 300, sigma=0.01)
        verdicts.append(statistics.compare_pairs(a, b).verdict)
    assert sum(verdict in ("slower", "faster") for verdict in verdicts) <= 50


def test_doubled_work_always_reads_as_slower(rng):
    for a in steady(rng, 200, 300, sigma=0.2, rho=0.5):
        comparison = statistics.compare_pairs(a, rng.permutation(a) * 2)
        assert comparison.verdict == "slower"
        assert comparison.ratio == pytest.approx(2, rel=0.1)
        assert statistics.compare_pairs(2 * a, a).verdict == "faster"


def test_nearly_the_same_is_the_same_and_noise_is_inconclusive(rng):
    a, b = steady(rng, 2, 300, sigma=0.01)
    assert statistics.compare_pairs(a, b).verdict == "same"
    a, b = steady(rng, 2, 20, sigma=0.5)
    assert statistics.compare_pairs(a, b).verdict == "inconclusive"
    few = statistics.compare_pairs(np.ones(3), np.ones(3))
    assert (few.verdict, few.interval.needs) == ("inconclusive", 6)


# Bad input.


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_values_that_are_not_finite_are_refused(bad):
    x = np.array([1.0, bad, 2.0] * 50)
    for function in (
        statistics.summary,
        statistics.warm_up_cut,
        statistics.effective_sample_size,
        statistics.percentile_interval,
        statistics.flags,
    ):
        with pytest.raises(ValueError, match="finite"):
            function(x)
    with pytest.raises(ValueError, match="finite"):
        statistics.compare_pairs(x, x)


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_durations_must_be_above_0(value):
    x = np.full(100, value)
    for function in (statistics.warm_up_cut, statistics.flags):
        with pytest.raises(ValueError, match="above 0"):
            function(x)
    with pytest.raises(ValueError, match="above 0"):
        statistics.compare_pairs(x, x)


def test_nothing_and_the_wrong_shape_are_refused():
    with pytest.raises(ValueError, match="at least 1 samples, got 0"):
        statistics.percentile_interval(np.empty(0))
    with pytest.raises(ValueError, match=r"shape \(n,\), got \(2, 2\)"):
        statistics.summary(np.ones((2, 2)))
    with pytest.raises(ValueError, match="expected pairs, got 2 and 3"):
        statistics.compare_pairs(np.ones(2), np.ones(3))
    with pytest.raises(ValueError, match="p must lie between 0 and 1"):
        statistics.percentile_interval(np.ones(9), 1.0)
    with pytest.raises(ValueError, match="confidence must lie"):
        statistics.percentile_interval(np.ones(9), confidence=0)
    with pytest.raises(ValueError, match="margin must lie"):
        statistics.compare_pairs(np.ones(9), np.ones(9), margin=0)


def test_a_summary_of_nothing_is_none_and_zero():
    assert statistics.summary(np.empty(0)).median is None
    assert statistics.summary(np.empty(0)).count == 0
    one = statistics.summary(np.array([2.0]))
    assert (one.mean, one.std, one.mad, one.effective) == (2.0, None, 0.0, 1.0)


def test_tukeys_fences_are_counted():
    """Quartiles 3.25 and 7.75, range 4.5: fences at 14.5 and 21.25."""
    x = np.array([1, 2, 3, 4, 5, 6, 7, 8, 15, 30], dtype=float)
    lower, upper = np.percentile(x, [25, 75])
    assert (lower, upper) == (3.25, 7.75)
    found = statistics.summary(x)
    assert (found.mild, found.far) == (2, 1)
