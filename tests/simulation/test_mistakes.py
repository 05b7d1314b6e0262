"""The mistakes on virtual time, where hand arithmetic says what each must read.

A launch takes the host 4 µs, the model's kernel 50 µs: an isolated call reads 54 µs.
"""

import numpy as np
import pytest
import torch

import pytimer

from .simulation import SimulatedDevice

US = 1000
LAUNCH, KERNEL, COPY = 4, 50, 7
OPTIONS = {"repetitions": 20, "rounds": 2, "warm_up": 2, "batch_sizes": (1, 2, 4)}


class CopyingDevice(SimulatedDevice):
    """Placing a tensor copies it and waits, as from pageable memory."""

    def place(self, tensor):
        self.simulation.launch(COPY * US)
        self.simulation.synchronize_stream()
        return tensor


class Output(torch.Tensor):
    """Reading it copies it to the host and waits."""

    def item(self):
        self.simulation.launch(COPY * US)
        self.simulation.synchronize_stream()
        return super().item()


@pytest.fixture
def device(simulation):
    simulation.set_launch_cost(LAUNCH * US)
    Output.simulation = simulation
    return CopyingDevice(simulation)


@pytest.fixture
def model(simulation):
    """Four items take four times 40 µs, up to two 50 µs."""

    def model(x):
        simulation.launch((KERNEL if len(x) < 4 else 160) * US)
        return x.as_subclass(Output)

    return model


@pytest.fixture
def result(model, device):
    return pytimer.measure_mistakes(model, torch.ones(1, 1), device=device, **OPTIONS)


ISOLATED = LAUNCH + KERNEL
WINDOW = KERNEL + LAUNCH / 10  # of ten calls the first launch alone is not hidden


@pytest.mark.parametrize(
    ("name", "correct", "mistaken"),
    [
        ("copy-in-timing", ISOLATED, LAUNCH + COPY + ISOLATED),
        ("host-clock-without-sync", ISOLATED, LAUNCH),
        ("sync-in-timing", ISOLATED, ISOLATED + COPY),
        ("sum-of-event-times", WINDOW, ISOLATED),
        ("single-sample", ISOLATED, ISOLATED),
        ("allocation-in-timing", ISOLATED, ISOLATED),
        ("largest-batch", (50 + 4 / 20) / 2, (160 + 4 / 20) / 4),
    ],
)
def test_each_reads_what_arithmetic_says(result, name, correct, mistaken):
    row = result[name]
    assert row.missing is None
    assert row.correct.mean_s == pytest.approx(correct / 1e6, rel=1e-6)
    assert row.mistaken.mean_s == pytest.approx(mistaken / 1e6, rel=1e-6)
    assert row.factor == pytest.approx(mistaken / correct, rel=1e-6)
    assert row.interval is None or row.interval == pytest.approx([row.factor] * 2, rel=1e-6)


def test_what_cannot_be_shown_says_why(result, simulation):
    assert "cannot be pickled" in result["no-warm-up"].missing
    assert "no torch.nn.Module" in result["no-eval"].missing
    assert "no torch.nn.Module" in result["no-no-grad"].missing
    assert simulation.live_events() == 0


def test_every_way_is_in_every_round(model, device):
    calls, seen = [], []

    def counted(x):
        calls.append(1)
        return model(x)

    def on_progress(progress):
        if progress.stage == "mistakes":
            seen.append(len(calls))

    x = torch.ones(1, 1)
    pytimer.measure_mistakes(counted, x, device=device, on_progress=on_progress, **OPTIONS)
    # 5 ways: correct, three wrong ones, and windows; each 10 calls and an untimed one before.
    assert np.diff(seen).tolist() == [55, 55]


def test_what_drifts_is_in_both_and_cancels(device, simulation):
    """The second round is twice as slow. One way after the other would read a factor of 2."""
    kernel_us = [KERNEL]

    def model(x):
        simulation.launch(kernel_us[0] * US)
        return x.as_subclass(Output)

    def on_progress(progress):
        if progress.stage == "mistakes" and progress.done == 1:
            kernel_us[0] = 2 * KERNEL

    x = torch.ones(1, 1)
    result = pytimer.measure_mistakes(model, x, device=device, on_progress=on_progress, **OPTIONS)
    first, second = result["single-sample"].correct.seconds
    assert second / first == pytest.approx((LAUNCH + 2 * KERNEL) / ISOLATED)  # the control arm
    row = result["allocation-in-timing"]
    assert row.factor == pytest.approx(1)
    assert row.interval == pytest.approx((1, 1))


@pytest.mark.parametrize("from_round", [0, 1])
def test_a_way_that_fails_keeps_its_reason_and_the_others_go_on(model, device, from_round):
    """What it read before is not shown: it is of another number of rounds."""
    round_, after = [-1], []

    def returns_nothing_later(x):
        after.append(round_[0])
        return None if round_[0] >= from_round else model(x)

    def on_progress(progress):
        if progress.stage == "mistakes":
            round_[0] = progress.done

    x = torch.ones(1, 1)
    result = pytimer.measure_mistakes(
        returns_nothing_later, x, device=device, on_progress=on_progress, **OPTIONS
    )
    assert "the model returns no tensor to read" in result["sync-in-timing"].missing
    assert result["sync-in-timing"].factor is None
    assert len(result["copy-in-timing"].mistaken.round_means_s) == 2
    # It fails once, in its untimed call; the four others make 11 calls in each round.
    assert after.count(from_round) == 4 * 11 + 1


def test_what_is_known_is_kept_when_the_device_fails(model, device, simulation):
    def fails_late(x):
        if calls.append(1) or len(calls) == 100:
            simulation.fail_asynchronously(700)
        return model(x)

    calls = []
    with pytest.raises(pytimer.PyTimerError) as caught:
        pytimer.measure_mistakes(fails_late, torch.ones(1, 1), device=device, **OPTIONS)
    known = caught.value.result
    assert known["single-sample"].factor == pytest.approx(1)
    assert known["largest-batch"].missing == "it was not reached"
