"""Result files that someone has damaged, or made up."""

from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import strategies as st

import pytimer

from .depth import fuzzed
from .mutation import as_text, mutated, mutated_text
from .reporting import compare_with, report_in_every_way
from .result_documents import documents

NAMES = st.sampled_from(sorted(documents()))
RANDOMS = st.randoms(use_true_random=True)


def loaded(content):
    """The result of a file with that content; None where it was refused as a file."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "result.json")
        path.write_bytes(content)
        try:
            return pytimer.load(path)
        except pytimer.ResultFileError:
            return None


@pytest.mark.parametrize("name", sorted(documents()))
def test_what_the_mutations_begin_with_is_sound(name):
    """Else all would be refused, and nothing be tried."""
    result = loaded(as_text(documents()[name]))
    report_in_every_way(result)
    compare_with(result, result)


@fuzzed(usual=400, deep=4000, name=NAMES, random=RANDOMS)
def test_what_is_loaded_can_be_reported_and_compared(name, random):
    document = documents()[name]
    result = loaded(as_text(mutated(document, random)))
    if result is not None:
        report_in_every_way(result)
        compare_with(loaded(as_text(document)), result)


@fuzzed(usual=10, deep=300, name=NAMES, random=RANDOMS)
def test_what_is_loaded_has_a_page(name, random):
    result = loaded(as_text(mutated(documents()[name], random)))
    if result is not None:
        report_in_every_way(result, page=True)


@fuzzed(usual=100, deep=2000, name=NAMES, random=RANDOMS)
def test_bytes_that_are_nearly_a_result_are_a_result_or_refused(name, random):
    result = loaded(mutated_text(as_text(documents()[name]), random))
    if result is not None:
        report_in_every_way(result)


@fuzzed(usual=50, deep=1000, name=NAMES, random=RANDOMS)
def test_what_is_loaded_is_saved_as_the_same(name, random):
    result = loaded(as_text(mutated(documents()[name], random)))
    if result is None:
        return
    with TemporaryDirectory() as folder:
        path = Path(folder, "result.json")
        pytimer.save(result, path)
        assert pytimer.load(path) == result


def test_mutations_get_past_the_reading_often_enough():
    """A control arm: were all refused as files, no report would be tried."""
    texts = [as_text(mutated(documents()["latency"], Random(seed))) for seed in range(100)]
    assert len(set(texts)) > 80
    assert 20 <= sum(loaded(text) is not None for text in texts) <= 80
