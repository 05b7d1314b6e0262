"""JSON text made piece by piece says what the whole would, and takes little memory."""

import json
import math
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

import pytimer
from pytimer.json_text import NUMBERS_IN_LINE, NUMBERS_IN_PIECE, pieces
from pytimer.samples import Samples

from . import results


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        None,
        True,
        0.1,
        'µ\n"',
        {"a": {}, "b": [], "c": [{"d": [1, [2.5, None]]}, "e"]},
    ],
)
def test_without_arrays_the_text_is_that_of_the_standard_library(value):
    assert "".join(pieces(value)) == json.dumps(value, ensure_ascii=False, indent=1)


@pytest.mark.parametrize(
    "count", [0, 1, 2, NUMBERS_IN_LINE, NUMBERS_IN_LINE + 1, NUMBERS_IN_PIECE, NUMBERS_IN_PIECE + 1]
)
def test_an_array_is_a_list_of_the_same_numbers(count):
    numbers = [i / 3 for i in range(count)]
    text = "".join(pieces({"before": 1, "x": np.array(numbers), "behind": 2}))
    assert json.loads(text) == {"before": 1, "x": numbers, "behind": 2}
    assert max(map(len, text.splitlines())) <= 30 * NUMBERS_IN_LINE


@pytest.mark.parametrize("wrong", [math.nan, math.inf])
def test_a_number_that_json_has_not_is_refused(wrong):
    with pytest.raises(ValueError, match="not JSON compliant"):
        list(pieces(np.array([1.0, wrong])))


def test_nothing_is_left_behind_by_a_file_that_cannot_be_finished(tmp_path):
    samples = Samples("host", {"host_s": np.array([1.0, math.nan])})
    with pytest.raises(pytimer.ResultFileError, match="not JSON compliant"):
        pytimer.save(replace(results.latency(), samples=samples), tmp_path / "result.json")
    assert not list(tmp_path.iterdir())


def test_saving_takes_no_memory_in_proportion_to_the_samples(tmp_path):
    count = 300_000
    x = np.arange(1, count + 1) / 3e9
    result = replace(results.latency(), samples=Samples("host", {"host_s": x}))
    tracemalloc.start()
    try:
        pytimer.save(result, tmp_path / "result.json")
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    as_list = 32 * count  # a pointer and a float object each
    assert peak_bytes < as_list / 3
    assert pytimer.load(tmp_path / "result.json") == result
