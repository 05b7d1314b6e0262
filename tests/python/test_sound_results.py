"""Results whose parts do not go together are not made: none is loaded, no report of one fails."""

from dataclasses import replace

import numpy as np
import pytest

import pytimer
from pytimer import codec, require
from pytimer.curve import Block
from pytimer.mistakes import Arm
from pytimer.samples import FloatArray
from pytimer.stopping import Judgement

from . import results

NONE = np.empty(0)
TWO = np.array([1.0, 2.0])
THREE = np.array([1.0, 2.0, 3.0])


def host(column):
    return pytimer.Samples("host", {"host_s": column})


UNSOUND = {
    "a window of no length": lambda: replace(results.throughput(), window_s=0.0),
    "a window without a call": lambda: replace(results.throughput(), samples=host(NONE)),
    "a latency without a sample": lambda: replace(results.latency(), samples=host(NONE)),
    "a cut behind the last sample": lambda: replace(
        results.latency(count=3), judgement=Judgement(3, None, None, False)
    ),
    "a round behind the last sample": lambda: pytimer.Samples(
        "host", {"host_s": TWO}, (), None, (0, 3)
    ),
    "rounds that go back": lambda: pytimer.Samples("host", {"host_s": THREE}, (), None, (0, 2, 1)),
    "a block without a call": lambda: Block(0, 1.0),
    "a batch of nothing": lambda: replace(results.batch_size(), batch_size=0),
    "pairs without a partner": lambda: replace(results.ab(), samples_a=host(TWO)),
    "a pair that took no time": lambda: replace(results.ab(), samples_a=host(np.zeros(100))),
    "loops of other rounds": lambda: pytimer.LoopFigures(TWO, THREE, None, None),
    "one loop": lambda: replace(results.loops(), loops={"native": results.loops().native}),
    "a profile of no call": lambda: replace(results.profile(), repetitions=0),
    "a peak of nothing": lambda: pytimer.Peak(0.0, "stated by you"),
    "energy of no call": lambda: pytimer.Energy(1.0, 2.0, 0),
    "an empty round": lambda: Arm(TWO, (0, 1, 1)),
    "an arm without its partner": lambda: pytimer.Mistake("no-eval", "call", Arm(TWO)),
    "mistakes twice": lambda: replace(results.mistakes(), rows=results.mistakes().rows[:1] * 10),
    "a cold start without a call": lambda: replace(results.cold(), samples=host(NONE)),
    "a rate where requests are paced": lambda: replace(
        results.paced(), points=results.load().points
    ),
    "processes that took no time": lambda: pytimer.ProcessesResult(
        (replace(results.latency(), samples=host(np.zeros(3))),)
    ),
    "no call before a search": lambda: replace(results.load_searched(), isolated=host(NONE)),
    "load without a rate": lambda: replace(results.load(), points=()),
    "no process": lambda: replace(results.comparison().metrics[0], base=NONE),
    "a ratio of nothing": lambda: replace(results.comparison().metrics[0].change, low=0.0),
    "a rank twice": lambda: replace(
        results.ranks(0.01, 0.02), ranks=results.ranks(1, 2).ranks[:1] * 2
    ),
}


@pytest.mark.parametrize("make", UNSOUND.values(), ids=UNSOUND)
def test_parts_that_do_not_go_together_are_refused(make):
    with pytest.raises(ValueError, match=r"must|expected"):
        make()


def test_one_below_the_least_counts_as_zero():
    require.positive(s=1e-60)
    with pytest.raises(ValueError, match="s must be above 0, got 9e-61"):
        require.positive(s=9e-61)


def test_numbers_that_no_figure_survives_are_refused_in_a_file(tmp_path):
    path = tmp_path / "result.json"
    pytimer.save(results.export(), path)
    for number, words in ((1e61, "finite number up to 1e"), (2**63, "64 bits")):
        key = "export_s" if isinstance(number, float) else "size_bytes"
        was = getattr(results.export(), key)
        path.write_text(path.read_text().replace(f'"{key}": {was}', f'"{key}": {number}'))
        with pytest.raises(pytimer.ResultFileError, match=words):
            pytimer.load(path)
        pytimer.save(results.export(), path)


@pytest.mark.parametrize("number", [1e61, -1e61, float("nan"), float("inf")])
def test_of_a_series_too(number):
    assert codec.decode(FloatArray, [1.0, 1e60]).tolist() == [1.0, 1e60]
    with pytest.raises(ValueError, match=r"result\[1\] must be a finite number up to 1e\+60"):
        codec.decode(FloatArray, [1.0, number])


def test_a_name_that_is_no_text_survives_a_file(tmp_path):
    """Linux gives half of a surrogate pair for each byte of a name that is not UTF-8."""
    path = tmp_path / "result.json"
    named = replace(results.export(), path="\udcff.pt2")
    pytimer.save(named, path)
    assert "\\udcff.pt2" in path.read_text()
    assert pytimer.load(path) == named
    pytimer.load(path)


def test_a_rank_that_did_nothing_for_a_while_is_no_straggler_by_arithmetic():
    """Its time per call in that block is infinite; there is no interval over such blocks."""
    found = results.ranks(0.01, 0.01)
    idle = found.ranks[1].measured.samples
    finish_s = idle.finish_s + 0.2
    samples = pytimer.Samples("host", {"host_s": idle.host_s, "finish_s": finish_s})
    late = replace(found.ranks[1], measured=replace(found.ranks[1].measured, samples=samples))
    assert replace(found, ranks=(found.ranks[0], late)).straggler is None


def test_brackets_in_the_name_of_a_node_are_no_markup(capsys):
    from rich.console import Console

    from pytimer import report

    found = results.ranks(0.01, 0.02)
    named = replace(found, ranks=(replace(found.ranks[0], node="[/]"), found.ranks[1]))
    report.show(named, Console(width=100))
    assert "[/]" in capsys.readouterr().out
