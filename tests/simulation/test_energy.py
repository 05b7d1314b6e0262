"""Energy on virtual time: a device of 100 W uses 100 J in each second of its clock."""

import itertools
from contextlib import nullcontext

import pytest
import torch

import pytimer
from pytimer import Energy
from pytimer.devices import EnergyMeter, Health
from pytimer.work import NotAvailable

MS = 1_000_000


@pytest.fixture
def measured(simulation, device):
    device.watts = 100

    def measured(batches, *, call_ms=100, **options):
        return pytimer.measure_throughput(
            lambda _: simulation.launch(call_ms * MS),
            torch.ones(1),
            device=device,
            batch_size=2,
            batches=batches,
            warm_up=3,
            **options,
        )

    return measured


@pytest.mark.parametrize("loop", ["native", "python"])
def test_it_is_that_of_the_window_alone(simulation, device, measured, loop):
    result = measured(25, loop=loop)
    assert result.window_s == 2.5
    assert result.work.energy == Energy(pytest.approx(250.0), 2.5, 25)
    assert result.joules_per_item == pytest.approx(5.0)
    begin_ns, end_ns = device.energy_reads_ns
    assert end_ns - begin_ns == 2500 * MS


def test_progress_is_told_outside_of_it(simulation, device, measured):
    result = measured(25, on_progress=lambda _: simulation.host_work(700 * MS))
    assert result.work.energy.joules == pytest.approx(250.0)


def test_two_seconds_are_enough_and_less_is_not(measured):
    assert measured(20).work.energy == Energy(pytest.approx(200.0), 2.0, 20)
    assert measured(10).work.energy.reason == (
        "the window of 1 s is shorter than 2 s, which the counter needs; raise --batches to 22"
    )


def test_pipelined_latency_has_it_too(simulation, device):
    device.watts = 100

    def measured(mode, repetitions):
        return pytimer.measure_latency(
            lambda: simulation.launch(100 * MS),
            (),
            device=device,
            mode=mode,
            warm_up=1,
            repetitions=repetitions,
        ).work.energy

    assert measured("pipelined", 30) == Energy(pytest.approx(300.0), 3.0, 30)
    assert "raise --repetitions to 22" in measured("pipelined", 10).reason
    assert "use mode pipelined" in measured("isolated", 30).reason


def test_several_threads_have_none(measured, device):
    result = measured(25, concurrency=2)
    assert "several threads" in result.work.energy.reason
    assert device.energy_reads_ns == []


@pytest.mark.parametrize("lost_at", [0, 1])
def test_a_counter_that_vanishes_costs_the_energy_and_not_the_measurement(
    simulation, device, measured, monkeypatch, lost_at
):
    reads = itertools.count()

    def joules():
        return NotAvailable("GPU is lost") if next(reads) >= lost_at else 5.0

    monkeypatch.setattr(device, "energy_meter", lambda: nullcontext(EnergyMeter(joules)))
    result = measured(25)
    assert result.work.energy == NotAvailable("GPU is lost")
    assert result.window_s == 2.5
    assert next(reads) == 2


def test_a_clock_that_is_read_before_and_not_after_is_a_caveat(simulation, device, measured):
    device.healths = [Health(sm_clock_hz=1.98e9), Health(unread="GPU is lost")]
    (caveat,) = [one for one in measured(25).caveats if one.name == "clock-unread"]
    assert "(GPU is lost)" in caveat.message
    device.healths = [Health(unread="no NVML"), Health(unread="no NVML")]
    assert "clock-unread" not in [one.name for one in measured(25).caveats]


def test_a_device_without_a_counter_says_so(device, measured):
    device.watts = None
    assert measured(25).work.energy.reason == "the simulated device counts none"


def test_a_graph_is_counted_on_the_model_that_it_was_captured_from(simulation, device):
    def model(tensor):
        simulation.launch(1 * MS)
        return tensor @ tensor

    result = pytimer.measure_latency(
        model, torch.ones(3, 3), device=device, call="graph", warm_up=1, repetitions=3
    )
    assert (result.work.flop.total, result.work.flop.counted_on) == (54, "eager")
