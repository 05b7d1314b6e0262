import math

import pytest

from pytimer.units import mebibytes, prefixed, significant, unit_for


@pytest.mark.parametrize(
    ("seconds", "unit"),
    [(2.0, "s"), (1.0, "s"), (0.999, "ms"), (1e-3, "ms"), (5e-5, "µs"), (3e-9, "ns"), (0.0, "ns")],
)
def test_the_unit_is_the_largest_in_which_the_number_is_at_least_one(seconds, unit):
    assert unit_for(seconds).name == unit


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1200, "1.200 kFLOP"),
        (999, "999.0 FLOP"),
        (780.3e6, "780.3 MFLOP"),
        (989.5e12, "989.5 TFLOP"),
        (2e15, "2.000 PFLOP"),
        (0.0045, "4.500 mFLOP"),
        (4.5e-9, "0.004500 µFLOP"),
    ],
)
def test_a_prefix_is_the_largest_that_fits(value, text):
    assert prefixed(value, "FLOP") == text


def test_no_duration_has_a_unit_too():
    assert unit_for(None).show(None) == "–"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1.0, "1.000"),
        (12.3456, "12.35"),
        (0.00123456, "0.001235"),
        (1234.5, "1234"),
        (9.9996, "10.00"),
        (9999.6, "10\u202f000"),
        (1234567.0, "1\u202f234\u202f567"),
        (math.inf, "inf"),
    ],
)
def test_four_significant_digits_or_an_integer(value, text):
    assert significant(value) == text


def test_memory_is_shown_in_mebibytes():
    assert mebibytes(3 * 2**20) == "3.000"
    assert mebibytes(None) == "–"
