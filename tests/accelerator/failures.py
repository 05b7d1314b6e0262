"""What fails on an accelerator, and what is left then. Run by test_in_own_process.py."""

import gc
from contextlib import suppress

import pytest
import torch

import pytimer
from pytimer import _core, _torch

US = 1000

# The guard's function: the operation that the error names.
OPERATIONS = {
    "getDevice": "get_device",
    "record": "event_record",
    "synchronizeEvent": "event_synchronize",
    "synchronizeDevice": "device_synchronize",
    "queryEvent": "event_elapsed",
    "elapsedTime": "event_elapsed",
}


def measure(device, model, **plan):
    plan = {"warm_up": 2, "repetitions": 5} | plan
    return pytimer.measure_latency(model, (), device=device, **plan)


def test_the_error_is_mapped_with_the_name_of_its_operation(simulation):
    clock = _core.AcceleratorClock(_torch.Accelerator(simulation.name).current_stream(0))
    simulation.fail_call("record", 1)
    with pytest.raises(pytimer.AcceleratorError) as caught:
        _core.isolated(clock, _core.EmptyCall(), 1, _core.Samples())
    assert isinstance(caught.value, pytimer.PyTimerError)
    assert caught.value.operation == "event_record"
    assert str(caught.value) == "event_record failed: simulated fault in record"


@pytest.mark.parametrize("function", OPERATIONS)
@pytest.mark.parametrize("mode", ["isolated", "pipelined"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_failing_operation_is_named_and_leaks_nothing(simulation, device, mode, function, nth):
    simulation.fail_call(function, nth)
    with pytest.raises(pytimer.AcceleratorError, match=f"simulated fault in {function}") as caught:
        measure(device, lambda: simulation.launch(US), mode=mode, warm_up=3, repetitions=3)
    assert caught.value.operation == OPERATIONS[function]
    assert simulation.live_events() == 0
    assert simulation.current_device() == 0


@pytest.mark.parametrize(
    ("mode", "warm_up", "repetitions"), [("isolated", 2, 3), ("pipelined", 2, 3)]
)
def test_whichever_call_fails_it_is_told_and_nothing_is_lost_or_left(
    simulation, monkeypatch, mode, warm_up, repetitions
):
    # Else the host's own clock decides how many calls there are.
    monkeypatch.setattr("pytimer.chunks.CHUNK_S", float("inf"))

    def measured(index):
        simulation.reset()
        device = simulation.device(1)
        simulation.reset()
        simulation.fail_at(index)
        plan = {"mode": mode, "warm_up": warm_up, "repetitions": repetitions, "audit": False}
        try:
            return measure(device, lambda: simulation.launch(US), flop=False, **plan)
        except pytimer.PyTimerError as error:
            return error

    healthy = measured(-1)
    calls = [name for name in simulation.log() if name != "launch"]  # which cannot fail here
    for index, name in enumerate(calls):
        outcome = measured(index)
        where = f"call {index} ({name})"
        assert simulation.live_events() == 0, where
        simulation.fail_at(-1)
        if name == "setDevice":  # a device that cannot be put back stays
            _torch.Accelerator(simulation.name).exchange(0)
        assert simulation.current_device() == 0, where
        if not isinstance(outcome, Exception):
            assert name == "setDevice", where
            assert outcome.samples == healthy.samples
            continue
        assert f"simulated fault in {name}" in str(outcome), where
        read = calls[:index].count("elapsedTime")
        if read < warm_up:
            assert len(outcome.samples or ()) == read, where
        elif mode == "isolated":
            assert len(outcome.samples) == min(read - warm_up, repetitions), where
    assert measured(-1).samples == healthy.samples


@pytest.mark.parametrize("function", OPERATIONS)
def test_the_python_loop_says_which_operation_failed_too(simulation, device, function):
    simulation.fail_call(function, 2)
    with pytest.raises(Exception, match=f"simulated fault in {function}"):
        measure(device, lambda: simulation.launch(US), loop="python")
    gc.collect()
    assert simulation.live_events() == 0


def test_without_a_fault_the_same_measurement_passes(simulation, device):
    assert len(measure(device, lambda: simulation.launch(US)).latency_s) == 5
    assert simulation.live_events() == 0


@pytest.mark.parametrize(
    ("mode", "operation", "kept"),
    [("isolated", "event_synchronize", 3), ("pipelined", "device_synchronize", 0)],
)
def test_a_failed_kernel_surfaces_where_the_loop_waits_and_earlier_samples_stay(
    simulation, device, mode, operation, kept
):
    calls = iter(range(1, 100))

    def model():
        simulation.launch(US)
        if next(calls) == 2 + 4:
            simulation.fail_asynchronously()

    with pytest.raises(pytimer.AcceleratorError, match="simulated kernel failed") as caught:
        measure(device, model, mode=mode)
    assert caught.value.operation == operation
    assert len(caught.value.samples) == kept
    assert simulation.live_events() == 0


@pytest.mark.parametrize("loop", ["native", "python"])
def test_a_call_that_raises_destroys_the_events_and_keeps_the_samples(simulation, device, loop):
    calls = iter(range(1, 100))

    def model():
        simulation.launch(US)
        if next(calls) == 2 + 4:
            raise ValueError("fourth")

    with pytest.raises(pytimer.CallError, match="in repetition 4 of 5") as caught:
        measure(device, model, loop=loop)
    assert len(caught.value.samples) == 3
    del caught
    gc.collect()
    assert simulation.live_events() == 0


def test_a_pipelined_call_that_raises_keeps_the_finished_calls(simulation, device):
    calls = iter(range(1, 100))

    def model(x):
        if next(calls) == 6:
            raise ValueError("sixth")
        simulation.launch(20 * US)

    with pytest.raises(pytimer.CallError, match="in call 6 of 50") as caught:
        pytimer.measure_throughput(
            model, torch.ones(1), device=device, batch_size=1, batches=50, warm_up=0
        )
    assert caught.value.samples.device_s == pytest.approx([20e-6] * 5, rel=1e-12)
    assert simulation.live_events() == 0


@pytest.mark.parametrize("loop", ["native", "python"])
def test_the_device_is_current_inside_and_put_back_behind(simulation, loop):
    device = simulation.device(1)
    seen = set()

    def model():
        seen.add(simulation.current_device())
        simulation.launch(7 * US)

    assert measure(device, model, loop=loop).median_s == pytest.approx(7e-6, rel=1e-12)
    assert seen == {1}
    assert simulation.current_device() == 0

    simulation.fail_call("synchronizeDevice", 2)
    with suppress(pytimer.PyTimerError):
        measure(device, model, loop=loop)
    assert simulation.current_device() == 0


def test_a_loop_alone_puts_the_device_back(simulation):
    clock = _core.AcceleratorClock(_torch.Accelerator(simulation.name).current_stream(1))
    _core.isolated(clock, _core.EmptyCall(), 1, _core.Samples())
    assert simulation.current_device() == 0
    assert simulation.calls("setDevice") == 2


def test_the_stream_is_put_back(simulation, device):
    with suppress(ZeroDivisionError), device.own_stream():
        raise ZeroDivisionError
    simulation.reset()
    simulation.launch(5 * US)
    simulation.launch(5 * US, stream=0)
    device.synchronize()
    assert simulation.now_ns() == 10 * US  # one behind the other: both on the default stream


def test_a_clock_keeps_its_stream_alive(simulation):
    clock = _core.AcceleratorClock(_torch.Accelerator(simulation.name).current_stream(0))
    gc.collect()
    samples = _core.Samples()
    _core.isolated(clock, _core.EmptyCall(), 3, samples)
    assert len(samples.take()["device_s"]) == 3


def test_a_capsule_of_another_kind_is_refused(script):
    capsule = _torch.torchscript_call(script._c, [[torch.ones(1)]])
    with pytest.raises(ValueError, match="incorrect name"):
        _core.AcceleratorClock(capsule)
