"""The CUDA path from the Python API down, on the simulated runtime: exact times, order, errors.

Expected numbers are hand arithmetic on the costs that each test sets.
"""

import gc
import time
from collections import Counter

import numpy as np
import pytest
import torch

import pytimer
from pytimer import _core
from pytimer.loops import make_engine
from pytimer.plan import Loop
from pytimer.workload import Workload

from .simulation import SimulatedDevice

US = 1000
LOOPS = ["native", "python"]


def seconds(microseconds):
    return microseconds / 1e6


@pytest.fixture(params=LOOPS)
def loop(request):
    return request.param


def measure(device, model, loop="native", **plan):
    plan = {"warm_up": 2, "repetitions": 5} | plan
    return pytimer.measure_latency(model, (), device=device, loop=loop, **plan)


def test_isolated_times_are_exact(simulation, device, loop):
    simulation.set_record_cost(1 * US)
    simulation.set_launch_cost(4 * US)

    result = measure(device, lambda: simulation.launch(50 * US), loop)
    # Host: record 0→1, launch 1→5, record 5→6. Device: the start event at 1, the kernel 5→55,
    # the stop event at 55, where the host's wait ends too.
    assert result.samples.device_s == pytest.approx([seconds(54)] * 5, rel=1e-6)
    assert result.samples.enqueue_s.tolist() == [seconds(4)] * 5
    assert result.samples.host_s.tolist() == [seconds(55)] * 5
    assert result.samples.drain_s.tolist() == [0.0] * 5
    assert result.latency_s is result.samples.device_s
    assert result.caveats == ()


@pytest.mark.parametrize("kernel_us", [1, 2, 50, 7, 300])
def test_a_kernel_of_known_length_is_read_back(simulation, device, loop, kernel_us):
    result = measure(device, lambda: simulation.launch(kernel_us * US), loop)
    assert result.median_s == pytest.approx(seconds(kernel_us), rel=1e-6)


def test_without_synchronisation_the_host_clock_reads_the_launch_only(simulation, device):
    """The control arm: the article's third mistake, on the same work."""
    simulation.set_launch_cost(4 * US)
    begin = simulation.now_ns()
    simulation.launch(50 * US)
    assert simulation.now_ns() - begin == 4 * US
    right = measure(device, lambda: simulation.launch(50 * US))
    assert right.median_s >= seconds(50)


def test_launches_longer_than_the_work_are_what_isolated_reads(simulation, device, loop):
    simulation.set_launch_cost(10 * US)

    def model():
        for _ in range(3):
            simulation.launch(2 * US)

    result = measure(device, model, loop)
    # The last kernel begins when its launch is done, at 30, and ends at 32.
    assert result.median_s == pytest.approx(seconds(32), rel=1e-6)
    assert result.samples.enqueue_s.tolist() == [seconds(30)] * 5


def test_host_work_inside_the_call_is_in_enqueue_time(simulation, device, loop):
    def model():
        simulation.launch(20 * US)
        simulation.host_work(100 * US)

    result = measure(device, model, loop)
    assert result.samples.enqueue_s.tolist() == [seconds(100)] * 5
    assert result.samples.device_s == pytest.approx([seconds(100)] * 5, rel=1e-6)


def test_work_on_another_stream_is_not_counted_and_is_a_caveat(simulation, device, loop):
    other = simulation.create_stream()

    def model():
        simulation.launch(100 * US)
        simulation.launch(400 * US, other)

    result = measure(device, model, loop)
    assert result.median_s == pytest.approx(seconds(100), rel=1e-6)
    assert result.samples.drain_s.tolist() == [seconds(300)] * 5
    assert [caveat.name for caveat in result.caveats] == ["work-on-another-stream"]
    assert "300 µs" in result.caveats[0].message


def test_work_on_the_timed_stream_is_no_caveat(simulation, loop):
    stream = simulation.create_stream()
    device = SimulatedDevice(simulation, stream)
    result = measure(device, lambda: simulation.launch(100 * US, stream), loop)
    assert result.median_s == pytest.approx(seconds(100), rel=1e-6)
    assert result.caveats == ()


def test_timing_another_stream_reads_the_wrong_number(simulation):
    """The control arm of the two above."""
    device = SimulatedDevice(simulation, simulation.create_stream())
    result = measure(device, lambda: simulation.launch(100 * US))
    assert result.median_s == 0.0


def test_nothing_of_one_repetition_spills_into_the_next(simulation, device, loop):
    other = simulation.create_stream()
    lengths = iter([10, 20, 30, 40, 50, 60, 70, 80])

    def model():
        length = next(lengths) * US
        simulation.launch(length)
        simulation.launch(3 * length, other)

    result = measure(device, model, loop)
    assert result.samples.device_s == pytest.approx(
        [seconds(us) for us in (30, 40, 50, 60, 70)], rel=1e-6
    )
    assert result.warm_up_s == pytest.approx([seconds(10), seconds(20)], rel=1e-6)
    assert result.first_call_s == seconds(10)


def test_order_of_runtime_calls_of_a_repetition(simulation, device):
    measure(device, lambda: simulation.launch(US), warm_up=0, repetitions=2)
    repetition = [
        "cudaEventRecord",
        "launch",
        "cudaEventRecord",
        "cudaEventSynchronize",
        "cudaDeviceSynchronize",
        "cudaEventElapsedTime",
    ]
    first_chunk = [
        "cudaGetDevice",
        "cudaEventCreateWithFlags",
        "cudaEventCreateWithFlags",
        "cudaEventRecord",  # the events' first use, before the first call
        "cudaEventRecord",
        "cudaDeviceSynchronize",
        *repetition,
        "cudaEventDestroy",
        "cudaEventDestroy",
    ]
    log = simulation.log()
    assert log[: len(first_chunk)] == first_chunk
    assert log.count("launch") == 4  # two more, untimed: whether it waits by itself, and its FLOP
    assert log.count("cudaEventCreateWithFlags") == log.count("cudaEventDestroy")


def test_throughput_is_one_window_with_one_synchronisation(simulation, device, loop):
    simulation.set_launch_cost(1 * US)
    result = pytimer.measure_throughput(
        lambda x: simulation.launch(20 * US),
        torch.ones(4),
        device=device,
        batch_size=4,
        batches=100,
        warm_up=0,
        loop=loop,
        flop=False,
    )
    # The queue never runs dry: 1 µs until the first kernel begins, then 100 × 20 µs.
    assert result.window_s == seconds(2001)
    assert result.items_per_s == pytest.approx(400 / seconds(2001), rel=1e-12)
    # The first call's interval holds its launch, the others begin when the one before ends.
    assert result.samples.device_s[1:] == pytest.approx([seconds(20)] * 99, rel=1e-6)
    assert result.event_items_per_s == pytest.approx(400 / seconds(2001), rel=1e-6)
    assert result.samples.enqueue_s.tolist() == [seconds(1)] * 100
    finish_s = [seconds(1 + 20 * (i + 1)) for i in range(100)]
    assert result.samples.finish_s == pytest.approx(finish_s, rel=1e-6)
    assert result.samples.host_s is None
    assert simulation.log().count("cudaDeviceSynchronize") == 2  # before and after the window


def test_idle_time_of_the_device_is_in_the_window_but_not_in_the_sum_of_events(
    simulation, device, loop
):
    class Result:
        def __del__(self):
            simulation.host_work(30 * US)  # between two calls

    def model(x):
        simulation.launch(20 * US)
        return Result()

    result = pytimer.measure_throughput(
        model, torch.ones(1), device=device, batch_size=1, batches=10, warm_up=0, loop=loop
    )
    assert result.window_s == seconds(300)
    assert result.event_items_per_s == pytest.approx(10 / seconds(200), rel=1e-6)


def test_a_full_launch_queue_blocks_the_host_and_shows_in_enqueue_time(simulation, device):
    simulation.set_queue_depth(4)
    result = pytimer.measure_throughput(
        lambda x: simulation.launch(20 * US),
        torch.ones(1),
        device=device,
        batch_size=1,
        batches=20,
        warm_up=0,
    )
    assert result.samples.enqueue_s[:4].tolist() == [0.0] * 4
    assert result.samples.enqueue_s[4:].tolist() == [seconds(20)] * 16


def test_a_long_window_reuses_its_events(simulation, device):
    result = pytimer.measure_throughput(
        lambda x: simulation.launch(20 * US),
        torch.ones(1),
        device=device,
        batch_size=1,
        batches=3000,
        warm_up=0,
    )
    assert simulation.most_live_events() == 2 * 1024 + 1
    assert simulation.live_events() == 0
    assert result.samples.device_s == pytest.approx([seconds(20)] * 3000, rel=1e-6)


def test_each_thread_has_a_stream_of_its_own(simulation, device, loop):
    """20 µs of work on two streams: events on the stream of the call read just that.

    But where one thread waits, which lets time pass, between an event and the launch of the other:
    that call reads the host's pause too, as it must.
    """
    result = pytimer.measure_throughput(
        lambda x: simulation.launch(20 * US, device.stream),
        torch.ones(1),
        device=device,
        batch_size=1,
        batches=40,
        warm_up=3,
        concurrency=2,
        loop=loop,
    )
    kernels = Counter(where for where, what, *_ in simulation.timeline() if what == "kernel")
    assert sorted(kernels.values())[-2:] == [23, 23]  # 3 to warm up, and half of 40
    assert len(result.samples) == 40
    assert (result.samples.device_s > seconds(20) * (1 - 1e-6)).all()
    assert np.median(result.samples.device_s) == pytest.approx(seconds(20), rel=1e-6)
    assert seconds(400) <= result.window_s <= seconds(800)
    assert simulation.live_events() == 0


def test_a_window_is_ready_before_its_gate_and_opens_behind_it(simulation, device, loop):
    """Making and recording events would be in the windows of threads that are ready already."""
    simulation.set_record_cost(1000 * US)
    workload = Workload(lambda: simulation.launch(20 * US), (((), {}),), device, "model")
    at_the_gate = []

    def wait():
        simulation.host_work(500 * US)
        at_the_gate.append((simulation.now_ns(), simulation.log()))

    window = make_engine(Loop(loop), workload).pipelined(3, _core.Gate(wait))
    ((now, before),) = at_the_gate
    after = simulation.log()[len(before) :]
    assert window.opened_ns == now
    assert before[-1] == "cudaDeviceSynchronize"
    assert before.count("cudaEventCreateWithFlags") == 2 * 3 + 1
    assert "cudaEventCreateWithFlags" not in after
    assert after.count("launch") == 3


def test_a_window_whose_gate_is_shut_ends_with_the_calls_made(simulation, device, loop):
    def model():
        simulation.launch(20 * US)
        if simulation.calls("launch") == 4:
            gate.shut()

    gate = _core.Gate(int)
    workload = Workload(model, (((), {}),), device, "model")
    engine = make_engine(Loop(loop), workload)
    window = engine.pipelined(1000, gate)
    samples = engine.take()
    assert window.seconds == seconds(80)
    assert samples.device_s == pytest.approx([seconds(20)] * 4, rel=1e-6)
    assert samples.finish_s == pytest.approx([seconds(20 * i) for i in (1, 2, 3, 4)], rel=1e-6)


def test_copies_in_the_window_are_part_of_it_and_named(simulation, device):
    """20 µs of work, 7 µs of copies on another stream: hidden but for the last, unless longer."""

    def measure(copied, copy_ns=7 * US):
        device.copy_ns = copy_ns
        return pytimer.measure_throughput(
            lambda x: simulation.launch(20 * US),
            torch.ones(4),
            device=device,
            batch_size=4,
            batches=50,
            warm_up=0,
            host_to_device=copied,
        )

    plain, copied = measure(False), measure(True)
    assert plain.copied_bytes is None
    assert copied.copied_bytes == 16
    assert plain.window_s == copied.window_s == seconds(1000)
    assert measure(True, copy_ns=30 * US).window_s == seconds(1500)


def test_find_batch_size_on_the_simulated_device(simulation, device):
    def model(x):
        if len(x) > 11:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        simulation.launch(len(x) * US)

    result = pytimer.find_batch_size(model, torch.ones(1, 2), device=device)
    assert (result.max_batch_size, result.limit) == (11, "memory")
    assert result.probes[1].call_s == seconds(4)


# Errors.


@pytest.mark.parametrize(
    "name",
    [
        "cudaGetDevice",
        "cudaEventCreateWithFlags",
        "cudaEventRecord",
        "cudaEventSynchronize",
        "cudaDeviceSynchronize",
        "cudaEventElapsedTime",
    ],
)
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_failing_call_is_a_cuda_error_and_leaks_nothing(simulation, device, name, nth):
    simulation.fail_call(name, nth, 2)
    with pytest.raises(pytimer.CudaError, match=f"{name} failed with cudaErrorMemoryAlloc") as e:
        measure(device, lambda: simulation.launch(US), warm_up=3, repetitions=3)
    assert (e.value.call, e.value.code) == (name, 2)
    assert simulation.live_events() == 0
    assert simulation.last_error() == 0  # reported once; torch's next check will not raise it
    assert simulation.current_device() == 0


def test_without_the_fault_the_same_measurement_passes(simulation, device):
    assert len(measure(device, lambda: simulation.launch(US)).latency_s) == 5
    assert simulation.live_events() == 0


def test_an_asynchronous_error_surfaces_at_the_synchronisation_and_keeps_the_samples(
    simulation, device
):
    calls = iter(range(1, 100))

    def model():
        simulation.launch(US)
        if next(calls) == 2 + 4:
            simulation.fail_asynchronously(700)

    with pytest.raises(pytimer.CudaError, match="illegal memory access") as caught:
        measure(device, model)
    assert (caught.value.call, caught.value.code) == ("cudaEventSynchronize", 700)
    assert len(caught.value.samples) == 3
    assert simulation.live_events() == 0


def test_a_call_that_raises_destroys_the_events_and_keeps_the_samples(simulation, device, loop):
    calls = iter(range(1, 100))

    def model():
        simulation.launch(US)
        if next(calls) == 2 + 4:
            raise ValueError("fourth")

    with pytest.raises(pytimer.CallError, match="in repetition 4 of 5") as caught:
        measure(device, model, loop)
    assert len(caught.value.samples) == 3
    del caught
    gc.collect()
    assert simulation.live_events() == 0


def test_a_pipelined_call_that_raises_keeps_the_finished_calls(simulation, device, loop):
    calls = iter(range(1, 100))

    def model(x):
        if next(calls) == 6:
            raise ValueError("sixth")
        simulation.launch(20 * US)

    with pytest.raises(pytimer.CallError, match="in call 6 of 50") as caught:
        pytimer.measure_throughput(
            model, torch.ones(1), device=device, batch_size=1, batches=50, warm_up=0, loop=loop
        )
    assert caught.value.samples.device_s == pytest.approx([seconds(20)] * 5, rel=1e-6)
    assert len(caught.value.samples.finish_s) == 5
    del caught
    gc.collect()
    assert simulation.live_events() == 0


@pytest.mark.parametrize("mode", ["isolated", "queued", "pipelined"])
def test_a_device_that_fails_leaves_a_result_of_what_was_known(simulation, device, mode):
    """The result is of what was known before."""
    calls = iter(range(1, 1000))

    def model():
        if next(calls) == 40:
            simulation.fail_call("launch", 1, 719)
            simulation.fail_call("event_synchronize", 1, 719)
        simulation.launch(20 * US)

    with pytest.raises((pytimer.CallError, pytimer.CudaError)) as caught:
        measure(device, model, mode=mode, repetitions=100)
    result = caught.value.result
    assert result.latency_s == pytest.approx([seconds(20)] * len(result.samples), rel=1e-6)
    assert 1 <= len(result.samples) < 40
    assert result.caveats[0].name == "incomplete"
    assert result.floor_s is None


def test_an_error_that_was_there_before_is_left_as_it_is(simulation, device):
    simulation.fail_call("cudaGetDevice", 1, 1)
    simulation.current_device()
    assert simulation.last_error() == 1
    measure(device, lambda: simulation.launch(US))
    assert simulation.last_error() == 1


def test_the_current_device_is_put_back(simulation):
    device = SimulatedDevice(simulation, index=1)
    measure(device, lambda: simulation.launch(US))
    assert simulation.current_device() == 0
    assert simulation.calls("cudaSetDevice") > 0


def test_launch_blocking_is_a_caveat_on_a_cuda_device_only(simulation, device, monkeypatch):
    monkeypatch.setenv("CUDA_LAUNCH_BLOCKING", "1")
    on_device = measure(device, lambda: simulation.launch(US))
    on_host = pytimer.measure_latency(time.sleep, (0.001,), repetitions=2)
    assert [caveat.name for caveat in on_device.caveats] == ["launch-blocking"]
    assert on_host.caveats == ()
    assert on_host.environment.variables["CUDA_LAUNCH_BLOCKING"] == "1"


def test_results_of_the_device_round_trip_and_report(simulation, device, tmp_path):
    result = measure(device, lambda: simulation.launch(50 * US), repetitions=100)
    path = tmp_path / "result.json"
    pytimer.save(result, path)
    loaded = pytimer.load(path)
    assert loaded == result
    assert np.array_equal(loaded.samples.drain_s, result.samples.drain_s)


def test_the_runtimes_versions_are_read(simulation):
    assert simulation.runtime.runtime_version() == 13000
    assert simulation.runtime.driver_version() == 13010
