"""The audit of a call on an asynchronous device, on virtual time."""

import pytest

import pytimer
from pytimer.devices import Observed

US = 1000


def names(seen):
    return [caveat.name for caveat in seen.caveats]


def test_work_on_another_stream_goes_on_after_the_call(simulation, device):
    other = simulation.create_stream()

    def call():
        simulation.launch(100 * US)
        simulation.launch(400 * US, other)

    seen = pytimer.audit(call, device=device)
    assert (seen.device_s, seen.drain_s) == (pytest.approx(100e-6), pytest.approx(300e-6))
    assert names(seen) == ["work-on-another-stream"]
    seen = pytimer.audit(lambda: simulation.launch(500 * US), device=device)
    assert (seen.drain_s, names(seen)) == (0, [])


def test_a_measurement_tells_of_other_streams_once(simulation, device):
    other = simulation.create_stream()
    result = pytimer.measure_latency(
        lambda: simulation.launch(400 * US, other), (), device=device, warm_up=1, repetitions=3
    )
    assert names(result).count("work-on-another-stream") == 1


def test_a_call_that_waits_is_told_by_the_device(simulation, device):
    def call():
        simulation.launch(5 * US)
        simulation.synchronize_stream()

    seen = pytimer.audit(call, device=device)
    assert (seen.device_waits, names(seen)) == (1, ["synchronises-inside"])
    seen = pytimer.audit(lambda: simulation.launch(5 * US), device=device)
    assert (seen.device_waits, names(seen)) == (0, [])


def test_no_more_than_two_calls_are_made(simulation, device):
    calls = []
    pytimer.audit(calls.append, 1, device=device)
    assert calls == [1, 1]


def test_allocations_count_in_the_second_call_only(device, monkeypatch):
    def allocating(told):
        def observe(call):
            call()
            return Observed(driver_allocations=told.pop(0))

        return observe

    monkeypatch.setattr(device, "observe", allocating([7, 0]))
    assert names(pytimer.audit(int, device=device)) == []
    monkeypatch.setattr(device, "observe", allocating([0, 7]))
    assert names(pytimer.audit(int, device=device)) == ["allocates-inside"]


def test_a_replayed_graph_is_not_looked_into(simulation, device):
    result = pytimer.measure_latency(
        lambda: simulation.launch(5 * US), (), device=device, mode="graph", repetitions=3
    )
    assert "synchronises-inside" not in names(result)
