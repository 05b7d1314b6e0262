"""The mistakes on models that are slow by construction where a mistake is made."""

import os
import re
import time
from functools import partial

import pytest
import torch

import pytimer
from pytimer.devices import resolve_device
from pytimer.mistakes import measuring
from pytimer.mistakes.as_found import training_mode
from pytimer.plan import BatchSizePlan
from pytimer.probing.job import CannotSendError

QUICK = {"repetitions": 20, "rounds": 4, "warm_up": 3, "batch_sizes": (1, 4)}
QUICK_S, SLOW_S, FIRST_S = 1e-3, 0.1, 1.0


@pytest.fixture
def here(monkeypatch):
    """Everything in this process, where no test looks at the others: they take seconds to start."""

    def refused(*_):
        raise CannotSendError("not in this test")

    monkeypatch.setattr(measuring, "cold_start", refused)
    monkeypatch.setattr(measuring, "BatchSizePlan", partial(BatchSizePlan, isolate=False))


class Slow(torch.nn.Module):
    """Takes a millisecond; `slow_s` where `slow_where` holds."""

    def __init__(self, slow_where, slow_s=SLOW_S):
        super().__init__()
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(4, 4), torch.nn.BatchNorm1d(4), torch.nn.Dropout()
        )
        self.slow_where, self.slow_s = slow_where, slow_s
        self.calls = 0

    def forward(self, x):
        self.calls += 1
        time.sleep(self.slow_s if self.slow_where(self, x) else QUICK_S)
        return self.layers(x)


def measured(slow_where, slow_s=SLOW_S, **options):
    return pytimer.measure_mistakes(Slow(slow_where, slow_s), torch.ones(2, 4), **(QUICK | options))


@pytest.mark.parametrize(
    ("name", "slow_where"),
    [
        ("no-no-grad", lambda model, x: torch.is_grad_enabled()),
        ("no-eval", lambda model, x: model.training),
        ("allocation-in-timing", lambda model, x: not torch.equal(x, torch.ones_like(x))),
        ("largest-batch", lambda model, x: len(x) > 1),
    ],
)
def test_a_mistake_that_costs_time_shows_in_its_row_above_all_others(here, name, slow_where):
    result = measured(slow_where)
    factors = {row.name: row.factor for row in result.rows if row.missing is None}
    del factors["single-sample"]  # what the machine makes of it
    # Ideally 100; 100 ÷ 4 with four items in a call.
    assert factors[name] > (3 if name == "largest-batch" else 5)
    assert max(factors, key=factors.get) == name


def test_a_cold_start_is_told_stage_by_stage():
    """The first call takes a second, which the mean of 20 calls without warm-up holds."""
    told = []
    result = measured(lambda model, x: model.calls == 1, FIRST_S, on_progress=told.append)
    assert [progress.stage for progress in told[:3]] == ["cold start"] * 3
    assert re.fullmatch(r"first call \d+\.\d+ s", told[1].note)
    row, cold = result["no-warm-up"], result.cold
    assert cold.initialisation_s is None  # a host has nothing to initialise
    assert cold.first_s >= FIRST_S
    assert QUICK_S <= cold.tail_s < FIRST_S
    assert QUICK_S <= cold.steady_s < FIRST_S
    assert len(cold.samples) == 3 + 20
    assert len(row.correct.seconds) == len(row.mistaken.seconds) == 20
    assert row.correct.mean_s == cold.steady_s
    assert row.mistaken.mean_s >= FIRST_S / 20
    assert row.factor > 2
    assert result["no-no-grad"].factor < row.factor  # whose process had no first call to make


def test_the_host_says_what_it_cannot_show(here):
    result = measured(lambda model, x: False)
    for name in ("copy-in-timing", "host-clock-without-sync", "sync-in-timing"):
        assert result[name].missing.startswith("needs CUDA")
        assert result[name].factor is None
    assert result["sum-of-event-times"].missing.startswith("needs CUDA")


def test_the_model_is_left_bit_for_bit_as_it_was(here):
    model = Slow(lambda model, x: False)
    model.layers[1].eval()  # a part in another mode than the rest
    modes = [module.training for module in model.modules()]
    before = {name: value.clone() for name, value in model.state_dict().items()}
    result = pytimer.measure_mistakes(model, torch.randn(2, 4), **QUICK)
    assert result["no-eval"].missing is None
    assert [module.training for module in model.modules()] == modes
    after = model.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_random_numbers_go_on_where_they_were(here):
    x = torch.ones(2, 4)
    model = Slow(lambda model, x: False)
    numbers = torch.get_rng_state()
    with training_mode(model, resolve_device("cpu")):
        model(x)
        assert not torch.equal(torch.get_rng_state(), numbers)  # dropout has drawn
        assert not torch.equal(model.layers[1].running_mean, torch.zeros(4))
    assert torch.equal(torch.get_rng_state(), numbers)
    pytimer.measure_mistakes(model, x, **QUICK)
    assert torch.equal(torch.get_rng_state(), numbers)


def test_a_buffer_that_was_replaced_is_put_back_on_the_way_out_of_an_error():
    model = torch.nn.BatchNorm1d(4, track_running_stats=False)  # its buffers are None
    model.register_buffer("state", torch.zeros(4), persistent=False)
    state = model.state

    def fails():
        with training_mode(model, resolve_device("cpu")):
            assert model.training
            model.state += 1
            model.state = torch.ones(4)
            raise ValueError("late")

    model.eval()
    with pytest.raises(ValueError, match="late"):
        fails()
    assert model.state is state
    assert torch.equal(state, torch.zeros(4))
    assert not model.training


class FailsInTraining(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = torch.nn.BatchNorm1d(4)

    def forward(self, x):
        y = self.norm(x)
        if self.training:
            raise ValueError("not in training")
        return y


def test_a_way_that_fails_keeps_its_reason_and_the_others_stay(here):
    model = FailsInTraining().eval()
    result = pytimer.measure_mistakes(model, torch.ones(2, 4), **QUICK)
    assert "ValueError: not in training" in result["no-eval"].missing
    assert result["no-no-grad"].factor > 0
    assert not model.training
    assert torch.equal(model.norm.running_mean, torch.zeros(4))
    assert int(model.norm.num_batches_tracked) == 0


def test_a_function_says_why_it_has_no_mode_no_gradients_and_no_tensors():
    result = pytimer.measure_mistakes(len, ("text",), **QUICK)
    assert result["no-eval"].missing.startswith("the model has no training mode")
    assert result["no-no-grad"].missing.startswith("the model has no parameters that need")
    assert result["allocation-in-timing"].missing == "the model takes no tensors"
    assert "expected a tensor with a batch dimension" in result["largest-batch"].missing
    assert result["no-warm-up"].factor > 0


def test_a_frozen_module_has_no_gradients(here):
    frozen = Slow(lambda model, x: False).requires_grad_(False)
    result = pytimer.measure_mistakes(frozen, torch.ones(2, 4), **QUICK)
    assert result["no-no-grad"].missing == "the model has no parameters that need gradients"


def test_a_cold_process_that_dies_is_a_reason():
    here = os.getpid()
    result = pytimer.measure_mistakes(
        lambda text: None if os.getpid() == here else os._exit(7), ("text",), **QUICK
    )
    assert "in a process of its own: the worker process ended with exit code 7" in (
        result["no-warm-up"].missing
    )
    assert result["single-sample"].missing is None


def test_what_is_known_is_kept_when_interrupted(here, tmp_path):
    def interrupted(progress):
        if progress.stage == "mistakes" and progress.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(pytimer.Interrupted) as caught:
        measured(lambda model, x: False, on_progress=interrupted)
    known = caught.value.result
    assert len(known["no-eval"].mistaken.round_means_s) == 2
    assert known["largest-batch"].missing == "it was not reached"
    pytimer.save(known, tmp_path / "known.json")
    assert pytimer.load(tmp_path / "known.json") == known


def test_an_interrupted_sweep_is_kept(here):
    def interrupted(progress):
        if progress.stage == "sweep" and progress.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(pytimer.Interrupted) as caught:
        measured(lambda model, x: False, on_progress=interrupted)
    assert len(caught.value.result["largest-batch"].mistaken.seconds) == 2


def test_a_model_that_fails_at_once_leaves_nothing_to_keep(here):
    with pytest.raises(pytimer.CallError, match="ZeroDivisionError") as caught:
        pytimer.measure_mistakes(lambda: 1 / 0, (), **QUICK)
    assert caught.value.result is None


@pytest.mark.parametrize(
    "options",
    [
        {"rounds": 0},
        {"repetitions": 3, "rounds": 4},
        {"warm_up": 0},
        {"batch_sizes": (4,)},
        {"batch_sizes": (0, 1)},
        {"seed": -1},
    ],
)
def test_bad_plans_are_refused(options):
    with pytest.raises(pytimer.PlanError, match=next(iter(options))):
        pytimer.measure_mistakes(len, "text", **options)
