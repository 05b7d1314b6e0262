"""The quantiles are those of scipy.stats, which takes long to import."""

import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

from pytimer.statistics.flags import _ranks
from pytimer.statistics.quantiles import of_binomial, of_normal, of_student

TAILS = (0.005, 0.025, 0.5, 0.975, 0.995)


@pytest.mark.parametrize("p", TAILS)
def test_of_student_and_normal(p):
    assert of_normal(p) == pytest.approx(stats.norm.ppf(p), rel=1e-12)
    for freedom in (1, 2, 3.7, 9, 120.5, 1e6):
        assert type(of_student(p, freedom)) is float
        assert of_student(p, freedom) == pytest.approx(stats.t.ppf(p, freedom), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("p", TAILS)
def test_of_binomial(p):
    for n in (4, 5, 10, 20, 59, 300, 367, 368, 1000, 99_999, 10_000_000):
        for success in (0.01, 0.1, 0.5, 0.9, 0.99, 0.999):
            assert of_binomial(p, n, success) == stats.binom.ppf(p, n, success), (n, success)


def test_of_binomial_where_a_count_has_just_that_probability():
    """Of 2 throws of a coin none shows heads with probability 1/4, and at most one with 3/4."""
    assert of_binomial(0.25, 2, 0.5) == 0
    assert of_binomial(0.75, 2, 0.5) == 1
    assert of_binomial(0.76, 2, 0.5) == 2


def test_equal_values_share_their_mean_rank():
    assert _ranks(np.array([3.0, 1.0, 3.0, 2.0])).tolist() == [3.5, 1.0, 3.5, 2.0]


def test_what_takes_long_to_import_is_not_imported():
    code = "import sys, pytimer.statistics; sys.exit('scipy.stats' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
