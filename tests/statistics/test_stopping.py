"""When a series is long enough: the judgement alone, driven by drawn series."""

import numpy as np
import pytest

from pytimer.stopping import judge

from .series import WARM_UPS, steady


def run(series, *, precision=0.01, least=300, most=5000):
    """Reads as much of the series as the judgements ask for; (samples read, last judgement)."""
    read = least
    while True:
        judgement = judge(series[:read], precision=precision, least=least, most=most)
        if judgement.wanted is None:
            return read, judgement
        assert read < judgement.wanted <= most
        read = judgement.wanted


@pytest.fixture
def rng():
    return np.random.default_rng(8)


def test_a_quiet_series_is_long_enough_at_once(rng):
    read, judgement = run(steady(rng, 1, 5000, sigma=0.01)[0])
    assert (read, judgement.cut, judgement.converged) == (300, 0, True)


def test_more_noise_and_correlation_ask_for_more(rng):
    quiet, noisy, alike = (
        np.mean([run(x)[0] for x in steady(rng, 10, 5000, sigma=sigma, rho=rho)])
        for sigma, rho in ((0.02, 0.0), (0.15, 0.0), (0.15, 0.7))
    )
    assert quiet < noisy < alike


@pytest.mark.slow  # test_bars.py draws fewer of these series, and of four other kinds
def test_the_interval_at_the_stop_covers_the_truth(rng):
    hits = []
    for x in steady(rng, 200, 5000, sigma=0.1, rho=0.5):
        read, judgement = run(x)
        kept = x[judgement.cut : read]
        hits.append(abs(np.median(kept) - 1) <= judgement.half_width)
        assert judgement.half_width <= 0.01
    assert np.mean(hits) >= 0.9


@pytest.mark.parametrize("kind", ["step at 100", "fades over 20"])
def test_warm_up_is_cut_and_made_up_for(rng, kind):
    for x in steady(rng, 10, 5000, sigma=0.01) * WARM_UPS[kind](np.arange(5000)):
        read, judgement = run(x)
        assert judgement.converged
        assert judgement.cut >= 20
        assert read - judgement.cut >= 300
        assert np.median(x[judgement.cut : read]) == pytest.approx(1, abs=0.005)


def test_the_cap_ends_it_and_says_so(rng):
    read, judgement = run(steady(rng, 1, 5000, sigma=0.5)[0], precision=1e-4, most=1000)
    assert read == 1000
    assert not judgement.converged
    assert judgement.half_width > 1e-4


def test_too_few_samples_have_no_interval_and_go_on():
    judgement = judge(np.ones(3), precision=0.01, least=2, most=100)
    assert judgement.half_width is None
    assert judgement.wanted == 4
