import time
import warnings

import numpy as np
import pytest
import torch

import pytimer


def busy_for(seconds):
    def model():
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            pass

    return model


def test_the_native_loop_costs_less():
    """The margin is a quarter of what is seen."""
    result = pytimer.compare_loops(rounds=10)
    assert result.native.harness_s.shape == (10,)
    assert np.median(result.saved_s) > 0.25 * np.median(result.native.harness_s)
    for loop in result.loops.values():
        assert (loop.empty_host_s <= loop.harness_s).all()
        assert loop.empty_device_s is None
        assert loop.latency_s is loop.share is None
    assert result.ratios is result.ratio_interval is result.verdict is None
    assert result.subject.model == "nothing"


def test_it_does_not_matter_for_a_model_that_takes_a_millisecond():
    result = pytimer.compare_loops(busy_for(1e-3), (), rounds=6)
    assert result.verdict == "does not matter"
    assert (result.native.latency_s >= 1e-3).all()
    assert (result.python.share < 1e-2).all()


def test_it_matters_for_a_model_that_does_next_to_nothing():
    """A compiled no-op: the Python loop reads the call from Python."""
    with warnings.catch_warnings(action="ignore"):  # of deprecation
        script = torch.jit.script(torch.nn.Identity().eval())
    result = pytimer.compare_loops(script, torch.ones(1), rounds=10)
    assert result.subject.call == "torchscript"
    assert result.verdict == "matters"
    assert np.median(result.ratios) > 1.1


def figures(harness_s, latency_s):
    return pytimer.LoopFigures(np.full(20, harness_s), np.zeros(20), None, latency_s)


@pytest.mark.parametrize(
    ("lowest", "highest", "harness_s", "verdict"),
    [
        (0.999, 1.001, 0.1, "does not matter"),
        (1.09, 1.11, 0.1, "matters"),
        (0.89, 0.91, 0.1, "matters"),
        (0.9, 1.1, 0.1, "inconclusive"),
        (0.9, 1.1, 1e-4, "does not matter"),
        (1.002, 1.022, 1e-4, "inconclusive"),
    ],
)
def test_verdicts(lowest, highest, harness_s, verdict):
    """Over 20 rounds the interval of the median is about the middle half of them."""
    loops = {
        "native": figures(1e-8, np.ones(20)),
        "python": figures(harness_s, np.linspace(lowest, highest, 20)),
    }
    assert pytimer.LoopsResult(None, pytimer.LoopsPlan(), loops, None, ()).verdict == verdict


@pytest.mark.parametrize(
    ("error", "kind"),
    [(ValueError("late"), pytimer.CallError), (KeyboardInterrupt(), pytimer.Interrupted)],
)
def test_what_is_known_is_kept(error, kind):
    calls = iter(range(10**9))

    def model():
        if next(calls) > 1000:
            raise error
        time.sleep(1e-3)

    with pytest.raises(kind) as caught:
        pytimer.compare_loops(model, (), rounds=100)
    kept = caught.value.result
    assert 1 <= len(kept.native.latency_s) == len(kept.python.harness_s) < 100


def test_a_model_that_fails_at_once_leaves_nothing_to_keep():
    with pytest.raises(pytimer.CallError, match="ZeroDivisionError") as caught:
        pytimer.compare_loops(lambda: 1 / 0, ())
    assert caught.value.result is None


@pytest.mark.parametrize(
    "options", [{"rounds": 5}, {"margin": 0.0}, {"margin": 2}, {"inputs": 3}, {"name": "x"}]
)
def test_bad_plans_are_refused(options):
    with pytest.raises(pytimer.PlanError):
        pytimer.compare_loops(**options)
