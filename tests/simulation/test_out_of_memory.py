"""Memory that runs out, on the device and on the host: a clear error with what was measured."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

import pytimer
from pytimer import _core
from pytimer.probing import Failure, classify

US = 1000
OUT_OF_MEMORY = "CUDA out of memory. Tried to allocate 20.00 GiB."
WARM_UP = 3
REPETITIONS = 8


def running_out(simulation, call, error):
    """A model that runs out of memory in that call, the first being 1."""
    calls = itertools.count(1)

    def model(*inputs):
        if next(calls) == call:
            raise error
        simulation.launch(5 * US)

    return model


def measure(device, model, **options):
    options = {"warm_up": WARM_UP, "repetitions": REPETITIONS} | options
    return pytimer.measure_latency(model, (), device=device, **options)


@pytest.mark.parametrize("loop", ["native", "python"])
@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError(OUT_OF_MEMORY), MemoryError("std::bad_alloc")], ids=repr
)
@pytest.mark.parametrize(
    ("call", "where", "kept"),
    [
        (2, "warm-up call 2 of 3", 1),
        (WARM_UP + 1, "repetition 1 of 8", 0),
        (WARM_UP + 5, "repetition 5 of 8", 4),
        (WARM_UP + 8, "repetition 8 of 8", 7),
    ],
)
def test_in_a_call_it_says_which_and_keeps_the_samples(
    simulation, device, call, where, kept, error, loop
):
    with pytest.raises(pytimer.CallError) as caught:
        measure(device, running_out(simulation, call, error), loop=loop)
    assert where in str(caught.value)
    assert str(error) in str(caught.value)
    assert len(caught.value.samples) == kept
    assert classify(caught.value, smaller_fitted=False) is Failure.MEMORY


def test_in_the_call_before_a_capture(simulation, device):
    model = running_out(simulation, 1, torch.OutOfMemoryError(OUT_OF_MEMORY))
    with pytest.raises(pytimer.CallError, match="before it was to be captured: OutOfMemoryError"):
        measure(device, model, mode="graph")


def test_in_the_capture_it_says_that_a_graph_holds_memory_of_its_own(simulation, device):
    model = running_out(simulation, 2, torch.OutOfMemoryError(OUT_OF_MEMORY))
    with pytest.raises(pytimer.CaptureError, match="holds memory of its own: free some") as caught:
        measure(device, model, mode="graph")
    assert OUT_OF_MEMORY in str(caught.value)
    other = running_out(simulation, 2, RuntimeError("operation not permitted"))
    with pytest.raises(pytimer.CaptureError, match="not permitted; use mode queued"):
        measure(device, other, mode="graph")


def test_a_device_that_is_lost_in_the_capture_is_no_other_error(simulation, device):
    """The capture ends in a synchronisation, which fails likewise."""
    simulation.fail_call("cudaDeviceSynchronize", 1, 719)
    model = running_out(simulation, 2, RuntimeError("CUDA error: unspecified launch failure"))
    with pytest.raises(pytimer.CaptureError, match="unspecified launch failure"):
        measure(device, model, mode="graph")


@pytest.mark.parametrize("error", [torch.OutOfMemoryError(OUT_OF_MEMORY), MemoryError()], ids=repr)
def test_while_the_inputs_are_moved(device, monkeypatch, error):
    def place(tensor):
        raise error

    monkeypatch.setattr(device, "place", place)
    with pytest.raises(pytimer.ModelError, match=r"2×3 float32.* cannot be moved to sim") as caught:
        pytimer.measure_latency(lambda x: x, torch.ones(2, 3), device=device)
    assert "free memory there, or use smaller ones" in str(caught.value)
    assert classify(caught.value, smaller_fitted=False) is Failure.MEMORY


@pytest.mark.parametrize("nth", [1, 2, 3, 8, 9])
def test_while_the_events_of_a_window_are_made(simulation, device, nth):
    """The warm-up makes 2 pairs of its own: of the window are all from the fifth on."""
    simulation.fail_call("cudaEventCreateWithFlags", nth, 2)
    with pytest.raises(pytimer.CudaError, match=r"cudaEventCreateWithFlags .*out of mem") as caught:
        measure(device, lambda: simulation.launch(US), mode="pipelined")
    assert len(caught.value.samples) == (0 if nth < 3 or nth > 4 else 1)
    assert simulation.live_events() == 0
    assert classify(caught.value, smaller_fitted=False) is Failure.MEMORY


def test_a_sweep_takes_events_without_memory_for_the_limit(simulation, device):
    def no_memory_left(progress):
        if progress.note == "round 2 of 2, size 2":
            simulation.fail_call("cudaEventCreateWithFlags", 1, 2)

    result = pytimer.sweep(
        lambda x: simulation.launch(US),
        torch.ones(1),
        device=device,
        batch_sizes=(1, 2),
        rounds=2,
        on_progress=no_memory_left,
    )
    assert [point.probe.failure for point in result.points] == [None, Failure.MEMORY]
    assert "cudaEventCreateWithFlags" in result.points[1].probe.error


def test_an_invalid_value_of_the_clock_is_no_limit_of_the_size(simulation, device):
    def invalid(progress):
        if progress.note == "round 2 of 2, size 2":
            simulation.fail_call("cudaEventRecord", 1, 1)

    with pytest.raises(pytimer.CudaError, match="cudaEventRecord failed"):
        pytimer.sweep(
            lambda x: simulation.launch(US),
            torch.ones(1),
            device=device,
            batch_sizes=(1, 2),
            rounds=2,
            on_progress=invalid,
        )


def test_samples_that_the_host_has_no_memory_for_say_to_make_fewer(simulation, device):
    clock = device.native_clock()
    samples = _core.Samples()
    _core.isolated(clock, _core.EmptyCall(), 3, samples)
    with pytest.raises(pytimer.PyTimerError, match=r"no memory for the samples of .*; make fewer"):
        _core.isolated(clock, _core.EmptyCall(), 2**59, samples)  # 2^62 bytes
    assert len(samples.take()["device_s"]) == 3
    assert simulation.live_events() == 0


def test_a_window_that_the_host_has_no_memory_for_says_so_too(simulation, device):
    with pytest.raises(pytimer.PyTimerError, match="make fewer") as caught:
        measure(device, lambda: simulation.launch(US), mode="pipelined", repetitions=2**59)
    assert not isinstance(caught.value, pytimer.CallError)  # the model did not raise it


@pytest.mark.parametrize("function", ["floor_s", "caveats_of"])
def test_after_the_samples_were_taken_the_error_has_them(simulation, device, monkeypatch, function):
    def full(*_):
        np.empty(2**59)

    monkeypatch.setattr(pytimer.latency, function, full)
    with pytest.raises(pytimer.PyTimerError, match=r"8 samples .* what comes after") as caught:
        measure(device, lambda: simulation.launch(US))
    assert "Unable to allocate 4.00 EiB" in str(caught.value)
    assert len(caught.value.samples) == REPETITIONS
