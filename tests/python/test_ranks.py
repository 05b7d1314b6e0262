"""Clocks, windows, stragglers and words of ranks, by hand arithmetic."""

import io

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import example, given
from hypothesis import strategies as st
from rich.console import Console

import pytimer
from pytimer import report
from pytimer.cli import main
from pytimer.errors import PlanError, RankError
from pytimer.ranks.cards import Card, check_same, named_fields
from pytimer.ranks.clocks import ClockOffset, Exchange, offset_of, over_both
from pytimer.ranks.place import Place, place_of
from pytimer.ranks.straggler import straggler_of
from pytimer.ranks.window import Span, blocks_of, calls_until, common

from . import results

ENVIRONMENT = {"RANK": "1", "WORLD_SIZE": "4", "MASTER_ADDR": "host", "MASTER_PORT": "29500"}


def exchange(offset_ns, there_ns, back_ns, sent_ns=1000, held_ns=50):
    """As two clocks see it, of which that of rank 0 is ahead by the offset."""
    arrived = sent_ns + there_ns + offset_ns
    answered = arrived + held_ns
    return Exchange(sent_ns, arrived, answered, answered - offset_ns + back_ns)


def test_equal_ways_give_the_offset_itself():
    assert offset_of([exchange(7000, 300, 300)]) == ClockOffset(7e-6, 300e-9)


def test_unequal_ways_are_off_by_half_their_difference():
    """There 100, back 500: the true offset is 7000, seen is 6800, half of the way is 300."""
    assert offset_of([exchange(7000, 100, 500)]) == ClockOffset(6.8e-6, 300e-9)


def test_the_fastest_exchange_is_believed():
    slow, fast = exchange(7000, 900, 100), exchange(7000, 30, 40)
    assert offset_of([slow, fast, slow]) == offset_of([fast])


@given(
    st.integers(-(10**15), 10**15),
    st.lists(st.tuples(st.integers(0, 10**7), st.integers(0, 10**7)), min_size=1),
)
@example(1, [(0, 678624)])  # at the bound, where floats round
def test_the_error_is_never_more_than_the_uncertainty(offset_ns, ways):
    found = offset_of([exchange(offset_ns, there, back) for there, back in ways])
    rounding_s = 1e-15 * (abs(offset_ns / 1e9) + found.uncertainty_s)
    assert abs(found.offset_s - offset_ns / 1e9) <= found.uncertainty_s + rounding_s


def test_drift_between_two_estimates_is_uncertain():
    """From 10 to 16 µs: 13 ± 3, and the worse of 1 and 2 µs."""
    found = over_both(ClockOffset(10e-6, 1e-6), ClockOffset(16e-6, 2e-6))
    assert found.offset_s == pytest.approx(13e-6)
    assert found.uncertainty_s == pytest.approx(5e-6)


def test_the_common_window_is_from_the_latest_begin_to_the_earliest_end():
    assert common([Span(0, 10), Span(1, 12), Span(-1, 9)]) == Span(1, 9)
    assert common([Span(0, 1), Span(2, 3)]).length_s < 0


def test_calls_count_for_the_part_that_lies_inside():
    """Opened at 10, calls end at 11, 13 and 14."""
    finish_s = np.array([1.0, 3.0, 4.0])
    at_s = np.array([9.0, 10.0, 10.5, 11.0, 12.5, 14.0, 20.0])
    assert calls_until(at_s, 10.0, finish_s).tolist() == [0, 0, 0.5, 1, 1.75, 3, 3]
    assert calls_until(at_s, 10.0, np.array([])).tolist() == [0] * 7
    assert blocks_of(Span(1, 9), 4).tolist() == [1, 3, 5, 7, 9]


def test_the_aggregate_counts_the_common_window_alone():
    """Calls of 10 ms and 20 ms, 3 items each; 100 of the first end after 1 s: 300 + 150 items.

    Over the longer window of 2 s it would be 600 items in 2 s: as much as 300 a second.
    """
    found = results.ranks(0.01, 0.02)
    assert (found.window.begin_s, found.window.end_s) == (0.0, pytest.approx(1.0))
    assert found.items_per_s == pytest.approx(450)
    low, high = found.items_per_s_interval
    assert low == pytest.approx(450) == high


def test_a_late_rank_shortens_the_window():
    """From 0.5 s to 1 s both do 100 calls a second, of 3 items."""
    found = results.ranks(0.01, 0.01, starts=[0.0, 0.5])
    assert found.window.length_s == pytest.approx(0.5)
    assert found.items_per_s == pytest.approx(600)
    assert [caveat.name for caveat in found.caveats] == ["late-start"]
    assert results.ranks(0.01, 0.01, starts=[0.0, 0.049]).caveats == ()


def test_efficiency_is_the_aggregate_over_ranks_times_alone():
    """Alone a call takes 10 ms; of two ranks 12.5 ms: 0.8."""
    assert results.ranks(0.01, 0.01).efficiency == pytest.approx(1)
    assert results.ranks(0.0125, 0.0125).efficiency == pytest.approx(0.8)


def test_a_window_that_the_clocks_do_not_bear_out_is_refused():
    """1 s is 100 × 10 ms."""
    assert results.ranks(0.01, 0.01, uncertainty_s=0.0099).refusal is None
    found = results.ranks(0.01, 0.01, uncertainty_s=0.0101)
    assert "the clocks are known to ±10.10 ms" in found.refusal
    assert found.items_per_s is None
    assert found.items_per_s_interval is None
    assert found.efficiency is None


def test_ranks_that_never_worked_together_have_no_aggregate():
    found = results.ranks(0.01, 0.01, starts=[0.0, 2.0])
    assert found.window is None
    assert "never at work at the same time" in found.refusal
    assert found.straggler is None


def test_a_missing_rank_is_a_caveat_and_leaves_no_aggregate():
    found = results.ranks(0.01, missing=[(1, "gone")])
    assert (found.world_size, found.items_per_s) == (2, None)
    assert "rank 1 of 2 is missing: gone" in found.caveats[0].message


def test_caveats_name_the_ranks_that_have_them():
    doubt = pytimer.Caveat("spiky", "some", "look")
    both = results.ranks(0.01, 0.01)
    one = pytimer.RanksResult(
        2,
        (
            both.ranks[0],
            results.rank(1, results.replace(both.ranks[1].measured, caveats=(doubt,))),
        ),
        (),
        None,
    )
    assert [caveat.message for caveat in one.caveats] == ["rank 1: some"]


def noisy(mean_s, seed, spread=0.05):
    return mean_s * (1 + spread * np.random.default_rng(seed).uniform(-1, 1, 10))


def test_a_rank_that_is_slower_is_named():
    found = straggler_of({0: noisy(1, 0), 1: noisy(1.2, 1), 2: noisy(1, 2)})
    assert found.rank == 1
    assert found.interval[0] < found.ratio < found.interval[1]
    assert found.ratio == pytest.approx(1.2, rel=0.05)
    exact = straggler_of({0: np.full(10, 1.0), 1: np.full(10, 3.0), 2: np.full(10, 2.0)})
    assert (exact.rank, exact.ratio, exact.interval) == (1, 2.0, (2.0, 2.0))


def test_ranks_that_are_alike_have_no_straggler():
    """Of 400 sets of 4 ranks alike at most 5 % may name one; 40 would be twice as many."""
    named = sum(
        straggler_of({r: noisy(1, 4 * case + r) for r in range(4)}) is not None
        for case in range(400)
    )
    assert named <= 20
    assert straggler_of({0: np.full(10, 1.0), 1: np.full(10, 1.009)}) is None


def test_a_straggler_needs_20_samples_of_each_rank():
    few = results.even_throughput(0.02, 19)
    short = pytimer.RanksResult(
        2, (results.rank(0, results.even_throughput(0.01)), results.rank(1, few)), (), None
    )
    assert not short.can_show_straggler
    assert short.straggler is None
    assert results.ranks(0.01, 0.02).straggler.rank == 1
    assert results.latency_ranks().straggler.rank == 1


def test_plans_that_differ_are_refused_by_field_and_rank():
    plan, other = pytimer.ThroughputPlan(batch_size=4), pytimer.ThroughputPlan(batch_size=8)
    cards = {
        0: Card(named_fields("plan", plan), "a"),
        1: Card(named_fields("plan", plan), "b"),
    }
    check_same(cards)
    cards[2] = Card(named_fields("plan", other) | {"more": "x"}, "c")
    with pytest.raises(PlanError) as error:
        check_same(cards)
    assert "plan.batch_size is 4 on rank 0 and 8 on rank 2" in str(error.value)
    assert "more is not there on rank 0 and x on rank 2" in str(error.value)
    assert "rank 1" not in str(error.value)
    assert "warm_up" not in str(error.value)


def test_a_place_is_what_torchrun_says():
    assert place_of(ENVIRONMENT) == Place(1, 4, 1, "host", 29500)
    more = {"LOCAL_RANK": "0", "TORCHELASTIC_USE_AGENT_STORE": "True"}
    attempt = {"TORCHELASTIC_RESTART_COUNT": "2"}
    assert place_of(ENVIRONMENT | more | attempt) == Place(1, 4, 0, "host", 29500, True, 2)
    assert place_of({}) is None
    assert place_of(ENVIRONMENT | {"WORLD_SIZE": "1", "RANK": "0"}) is None
    for wrong in ({"RANK": "4"}, {"RANK": "one"}, {"MASTER_PORT": ""}):
        with pytest.raises(RankError, match="use torchrun"):
            place_of(ENVIRONMENT | wrong)


def test_each_rank_has_a_device_of_its_own():
    place = Place(5, 8, 1, "host", 1)
    assert place.device_name(None, has_cuda=True) == "cuda:1"
    assert place.device_name("cuda", has_cuda=True) == "cuda:1"
    assert place.device_name("cuda:3", has_cuda=True) == "cuda:3"
    assert place.device_name(None, has_cuda=False) == "cpu"
    assert place.device_name("xpu", has_cuda=False) == "xpu:1"
    for only_one in ("cpu", "mps", "xpu:0"):
        assert place.device_name(only_one, has_cuda=True) == only_one


def test_a_result_of_ranks_is_read_as_it_was_written(tmp_path):
    for found in (results.ranks(0.01, 0.02), results.latency_ranks()):
        pytimer.save(found, tmp_path / "r.json")
        assert pytimer.load(tmp_path / "r.json") == found


def test_every_stage_of_the_end_can_be_shown():
    """All together, one missing, none that answered: each has a headline, and is read whole."""
    together = results.ranks(0.01, 0.01)
    lost = (pytimer.MissingRank(0, "told to end"), pytimer.MissingRank(1, "gone"))
    stages = {
        ("throughput of 2 ranks", "600.0 items/s"): together,
        ("rank 0", "300.0 items/s"): results.ranks(0.01, missing=[(1, "gone")]),
        ("rank 0 alone", "300.0 items/s"): pytimer.RanksResult(2, (), lost, together.alone),
        ("rank 1", "75.00 ms"): results.latency_ranks(),
    }
    for headline, result in stages.items():
        out = io.StringIO()
        report.show(result, Console(file=out, width=80))
        assert headline in report.read(result).headline
        assert out.getvalue().count("rank-missing") == len(result.missing)


def test_nothing_measured_is_no_result():
    with pytest.raises(ValueError, match="something measured"):
        pytimer.RanksResult(2, (), (pytimer.MissingRank(1, "gone"),), None)


def cli(monkeypatch, *arguments, **environment):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return CliRunner().invoke(main, arguments)


def test_other_commands_say_that_they_are_for_one_process(monkeypatch):
    done = cli(monkeypatch, "sweep", "net", **ENVIRONMENT | {"RANK": "0"})
    assert done.exit_code == 2
    assert "several ranks can measure latency and throughput, got sweep" in done.stderr
    silent = cli(monkeypatch, "sweep", "net", **ENVIRONMENT)
    assert (silent.exit_code, silent.output) == (2, "")
    alone = cli(monkeypatch, "sweep", "net", **ENVIRONMENT | {"WORLD_SIZE": "1"})
    assert "unknown model" in alone.stderr


def test_a_program_that_torchrun_did_not_start_is_told_so(monkeypatch):
    monkeypatch.delenv("RANK", raising=False)
    with pytest.raises(RankError, match="start this program with torchrun"):
        pytimer.measure_ranks(len, [1], pytimer.ThroughputPlan())
