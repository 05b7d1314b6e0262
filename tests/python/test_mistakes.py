"""What is made of the samples of a mistake: factor, interval, figure."""

import sys
from dataclasses import replace

import numpy as np
import pytest

import pytimer
from pytimer.mistakes import Arm
from pytimer.report.mistakes import cold_stages
from pytimer.report.mistakes_figure import figure_of, save_figure

from . import results


def rounds(*samples):
    return Arm.of_rounds([np.array(x, dtype=float) for x in samples])


def test_the_factor_is_over_rounds_so_that_a_slow_round_is_in_both():
    correct, mistaken = rounds([1, 1], [4, 4]), rounds([2, 2], [8, 8])
    row = pytimer.Mistake("no-eval", "call", correct, mistaken)
    assert row.factor == pytest.approx(2)
    assert row.interval == pytest.approx((2, 2))
    assert correct.mean_s == 2.5
    assert correct.std_s == 1.5
    assert correct.round_means_s.tolist() == [1, 4]


def test_the_interval_is_students_t_over_the_rounds():
    """Ratios 1 and 4: the logarithm is ln 2 ± 12.706 × (ln 2 × √2) ÷ √2."""
    row = pytimer.Mistake("no-eval", "call", rounds([1], [1]), rounds([1], [4]))
    assert row.factor == pytest.approx(2)
    low, high = row.interval
    assert low == pytest.approx(2 / 2**12.7062, rel=1e-3)
    assert high == pytest.approx(2 * 2**12.7062, rel=1e-3)


def test_one_round_has_a_factor_and_no_interval():
    row = pytimer.Mistake("no-warm-up", "call", rounds([1, 3]), rounds([9, 3]))
    assert row.factor == pytest.approx(3)
    assert row.interval is None
    assert rounds([1]).std_s is None


def test_single_samples_are_a_range_and_the_worst():
    """0 to 100: the mean is 50, and 95 % lie from 2.5 to 97.5."""
    samples = np.arange(101.0)
    row = pytimer.Mistake("single-sample", "call", rounds([50.0]), Arm(samples))
    assert row.factor == pytest.approx(2)
    assert row.interval == pytest.approx((0.05, 1.95))
    few = pytimer.Mistake("single-sample", "call", rounds([50.0]), Arm(samples[:39]))
    assert few.interval is None


@pytest.mark.parametrize(
    ("seconds", "starts", "message"),
    [
        ([], (0,), "at least one sample"),
        ([1.0], (1,), "round_starts must begin with 0"),
        ([1.0], (0, 1), "round_starts must ascend within"),
        ([1.0], (), "round_starts must begin with 0"),
    ],
)
def test_an_arm_that_cannot_be_is_refused(seconds, starts, message):
    with pytest.raises(ValueError, match=message):
        Arm(np.array(seconds), starts)


def test_a_mistake_that_is_not_shown_has_no_figures():
    row = results.mistakes()["copy-in-timing"]
    assert row.factor is row.interval is row.correct is None
    with pytest.raises(KeyError):
        results.mistakes()["no-such-mistake"]


def test_compilation_is_a_stage_only_where_it_was_asked_for():
    compiled = replace(results.cold(), compile_s=12.5)
    assert dict(cold_stages(compiled))["torch.compile"] == 12.5
    assert [stage for stage, _ in cold_stages(compiled)].index("torch.compile") == 2
    assert "torch.compile" not in dict(cold_stages(results.cold()))


def test_a_file_keeps_the_compilation_of_a_cold_start(tmp_path):
    result = results.mistakes()
    result = replace(result, cold=replace(result.cold, compile_s=12.5))
    pytimer.save(result, tmp_path / "result.json")
    assert pytimer.load(tmp_path / "result.json") == result


def test_the_figure_has_a_pair_of_bars_for_each_mistake_that_is_shown():
    result = results.mistakes()
    figure = figure_of(result)
    shown = [row for row in result.rows if row.missing is None]
    assert [axes.get_title() for axes in figure.axes] == [row.name for row in shown]
    for row, axes in zip(shown, figure.axes, strict=True):
        assert axes.get_ylabel() == f"ms per {row.per}"
        (bars,) = [c for c in axes.containers if hasattr(c, "patches")]
        heights = [bar.get_height() for bar in bars]
        assert heights == pytest.approx([1e3 * row.correct.mean_s, 1e3 * row.mistaken.mean_s])
        (lines,) = bars.errorbar.lines[2]
        half = [np.ptp(segment[:, 1]) / 2 for segment in lines.get_segments()]
        assert half == pytest.approx([1e3 * row.correct.std_s, 1e3 * row.mistaken.std_s])


def test_the_caption_names_what_is_not_shown():
    caption = figure_of(results.mistakes()).get_supxlabel()
    assert "example-net · 1×3×224×224 float32 · cpu" in caption
    assert (
        "not shown, needs CUDA: copy-in-timing, host-clock-without-sync, sync-in-timing, "
        "sum-of-event-times\n"
    ) in caption
    assert "ValueError" not in caption
    assert "not shown" not in figure_of(results.mistakes(results.CUDA)).get_supxlabel()


def test_drawing_leaves_pyplot_alone(tmp_path):
    save_figure(results.mistakes(), tmp_path / "mistakes.png")
    assert (tmp_path / "mistakes.png").read_bytes().startswith(b"\x89PNG")
    assert "matplotlib.pyplot" not in sys.modules
