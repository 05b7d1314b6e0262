"""Requests that arrive at a rate, on a simulated device."""

import numpy as np
import pytest

import pytimer


def loaded(model, device, **options):
    options = {"arrivals": "uniform", "seconds": 0.01, "warm_up": 1} | options
    return pytimer.measure_load(model, (), device=device, **options).points[0]


def test_a_request_is_finished_when_the_device_is(simulation, device):
    """20 µs of work and 1 µs to launch it; control: the call itself returns after 1 µs."""
    simulation.set_launch_cost(1_000)
    point = loaded(lambda: simulation.launch(20_000), device, rates=[10_000])
    assert len(point.requests) == 100
    assert np.all(point.requests.latency_s == 21e-6)
    assert point.utilisation == pytest.approx(0.21)


def test_work_on_another_stream_is_waited_for(simulation, device):
    other = simulation.create_stream()
    point = loaded(lambda: simulation.launch(30_000, other), device, rates=[10_000])
    assert np.all(point.requests.latency_s == 30e-6)


def test_a_device_that_cannot_keep_up_is_overload(simulation, device):
    point = loaded(lambda: simulation.launch(200_000), device, rates=[10_000])
    assert point.is_overload
    assert point.requests.latency_s[:3].tolist() == [200e-6, 300e-6, 400e-6]


def test_a_device_that_fails_keeps_the_requests_before(simulation, device):
    launches = iter(range(100))

    def model():
        if next(launches) == 30:
            simulation.fail_asynchronously(719)
        simulation.launch(20_000)

    with pytest.raises(pytimer.CudaError) as caught:
        loaded(model, device, rates=[10_000], warm_up=0)
    assert len(caught.value.result.points[0].requests) == 30
