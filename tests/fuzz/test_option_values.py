"""Texts of options: shapes, durations, rates, fractions, sizes."""

import click
import pytest
from hypothesis import strategies as st

from pytimer.cli import options
from pytimer.errors import PlanError
from pytimer.items import ItemTensor

from .depth import fuzzed

TEXTS = st.text("0123456789.,:=%+-_eE smuµnaifxt٣\0é", max_size=12) | st.text(max_size=12)
NUMBERS = st.floats() | st.integers()
WITH_UNIT = st.tuples(NUMBERS, st.sampled_from(["s", "ms", "us", "µs", "%", "", "m"])).map(
    lambda pair: f"{pair[0]}{pair[1]}"
)
LISTS = st.lists(NUMBERS.map(str), max_size=4).map(",".join)


def read(parse, text):
    """The value of the option; None where it is refused."""
    try:
        return parse(text)
    except (click.BadParameter, PlanError):
        return None


@fuzzed(usual=100, deep=2000, text=TEXTS | WITH_UNIT)
def test_a_duration_is_a_number_or_refused(text):
    assert isinstance(read(options.duration, text), float | None)


@fuzzed(usual=100, deep=2000, text=TEXTS | WITH_UNIT)
def test_a_fraction_is_a_number_or_refused(text):
    assert isinstance(read(options.fraction, text), float | None)


@fuzzed(usual=100, deep=2000, text=TEXTS | LISTS)
def test_rates_and_sizes_are_numbers_or_refused(text):
    rates = read(options.rates, text)
    assert rates in (None, "auto") or all(isinstance(rate, float) for rate in rates)
    for parse in (options.sizes, options.shape):
        sizes = read(parse, text)
        assert sizes in (None, "auto") or all(type(size) is int and size >= 1 for size in sizes)
    assert isinstance(read(options.size_or_auto, text), int | None) or text == "auto"


@fuzzed(
    usual=100,
    deep=2000,
    text=TEXTS | st.tuples(st.sampled_from(["x=", "", "é=", "="]), LISTS | TEXTS).map("".join),
)
def test_an_input_is_a_tensor_or_refused(text):
    found = read(options.item_tensor, text)
    assert isinstance(found, ItemTensor | None)


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (options.duration, "20ms", 0.02),
        (options.fraction, "1%", 0.01),
        (options.rates, "50,100", (50.0, 100.0)),
        (options.item_tensor, "x=2,3:int64", ItemTensor((2, 3), "x", "int64")),
    ],
)
def test_what_is_right_is_not_refused(parse, text, value):
    """A control arm."""
    assert read(parse, text) == value
