"""The histogram of a terminal: shape, ends, and outliers that do not squash it."""

import io

import numpy as np
import pytest
from rich.console import Console

from pytimer import Samples, report
from pytimer.report.bins import bins_of, has_spread, shown_range

from .results import latency


def test_counts_and_ends_are_those_of_the_samples():
    # 100 samples, 20 bins of 0.05 over 0 to 1; a bin holds its lower end, the last also its upper.
    bins = bins_of(np.repeat([0.0, 0.5, 1.0], [25, 50, 25]))
    assert (bins.low, bins.high, bins.outside) == (0.0, 1.0, 0)
    assert bins.counts == (25, *[0] * 9, 50, *[0] * 8, 25)
    assert bins.blocks == f"▄{' ' * 9}█{' ' * 8}▄"


def test_outliers_are_counted_and_do_not_squash_the_rest():
    usual = np.linspace(1.0, 2.0, 999)
    bins = bins_of(np.append(usual, 1000.0))
    assert (bins.low, bins.high, bins.outside) == (1.0, 2.0, 1)
    assert min(bins.counts) > 0


def test_a_second_mode_is_no_outlier():
    x = np.concatenate([np.linspace(1.0, 1.1, 95), np.linspace(9.0, 9.1, 5)])
    assert bins_of(x).outside <= 1


def test_at_most_two_samples_in_a_hundred_are_outside():
    rng = np.random.default_rng(0)
    for n in (20, 100, 1000):
        assert bins_of(rng.pareto(1.0, n)).outside <= np.ceil(0.02 * n)


def test_a_few_samples_are_a_full_block_and_none_is_a_space():
    bins = bins_of(np.append(np.repeat(1.0, 999), 2.0))
    assert bins is None  # the one is an outlier, and the others do not differ
    bins = bins_of(np.repeat([1.0, 2.0], [30, 970]))
    assert (bins.blocks[0], bins.blocks[1], bins.blocks[-1]) == ("▁", " ", "█")


@pytest.mark.parametrize("x", [[], [1.0], [1.0] * 100, [1.0, 1.0 + 1e-12] * 50, [0.0] * 30])
def test_what_does_not_differ_has_no_bins(x):
    assert not has_spread(np.array(x))
    assert bins_of(np.array(x)) is None


def test_nineteen_samples_are_too_few_for_a_shape():
    assert bins_of(np.linspace(1, 2, 19)) is None
    assert bins_of(np.linspace(1, 2, 20)) is not None


def test_order_does_not_matter():
    x = np.random.default_rng(1).lognormal(size=500)
    assert shown_range(x) == shown_range(x[::-1])
    assert bins_of(x) == bins_of(np.sort(x))


def test_the_line_fits_into_80_columns_at_its_longest():
    from dataclasses import replace

    host_s = np.append(np.random.default_rng(2).uniform(0.1234, 0.9876, 5000), [900.0] * 50)
    out = io.StringIO()
    result = replace(latency(), samples=Samples("host", {"host_s": host_s}))
    report.show(result, Console(file=out, width=80, highlight=False))
    (line,) = [line for line in out.getvalue().splitlines() if "|" in line]
    assert len(line) <= 80
    assert line.endswith("ms; 50 outside")
