"""Any accelerator, from the Python API down, on virtual time. Run by test_in_own_process.py.

Expected numbers are hand arithmetic on the costs that each test sets.
"""

import numpy as np
import pytest
import torch

import pytimer
from pytimer import _core
from pytimer.loops import make_engine
from pytimer.plan import Loop
from pytimer.workload import Workload

US = 1000


def seconds(microseconds):
    return microseconds / 1e6


@pytest.fixture(params=["native", "python"])
def loop(request):
    return request.param


def measure(device, model, loop="native", **plan):
    plan = {"warm_up": 2, "repetitions": 5} | plan
    return pytimer.measure_latency(model, (), device=device, loop=loop, **plan)


def throughput(device, model, batches, loop="native", **plan):
    plan = {"batch_size": 1, "warm_up": 0} | plan
    size = plan["batch_size"]
    return pytimer.measure_throughput(
        model, torch.ones(size), device=device, batches=batches, loop=loop, **plan
    )


def test_isolated_times_are_exact(simulation, device, loop):
    simulation.set_record_cost(1 * US)
    simulation.set_launch_cost(4 * US)

    result = measure(device, lambda: simulation.launch(50 * US), loop)
    # Host: record 0→1, launch 1→5, record 5→6. Device: the start event at 1, the kernel 5→55,
    # the stop event at 55, where the host's wait ends too.
    assert result.samples.device_s == pytest.approx([seconds(54)] * 5, rel=1e-12)
    assert result.samples.enqueue_s.tolist() == [seconds(4)] * 5
    assert result.samples.host_s.tolist() == [seconds(55)] * 5
    assert result.samples.drain_s.tolist() == [0.0] * 5
    assert result.latency_s is result.samples.device_s
    assert result.floor_s == pytest.approx(seconds(1), rel=1e-12)  # the record of the stop event
    assert result.caveats == ()


@pytest.mark.parametrize("kernel_us", [1, 2, 50, 7, 300])
def test_a_kernel_of_known_length_is_read_back(simulation, device, loop, kernel_us):
    result = measure(device, lambda: simulation.launch(kernel_us * US), loop)
    assert result.median_s == pytest.approx(seconds(kernel_us), rel=1e-12)


def test_without_synchronisation_the_host_clock_reads_the_launch_only(simulation, device):
    """The control arm, on the same work."""
    simulation.set_launch_cost(4 * US)
    begin = simulation.now_ns()
    simulation.launch(50 * US)
    assert simulation.now_ns() - begin == 4 * US
    assert measure(device, lambda: simulation.launch(50 * US)).median_s >= seconds(50)


def test_launches_as_long_as_the_work_are_a_caveat_whose_remedy_the_device_has(
    simulation, device, loop
):
    simulation.set_launch_cost(10 * US)

    def model():
        for _ in range(3):
            simulation.launch(2 * US)

    result = measure(device, model, loop)
    assert result.median_s == pytest.approx(seconds(32), rel=1e-12)
    (caveat,) = result.caveats
    assert caveat.name == "launch-bound"
    assert "graph" not in caveat.remedy
    assert "--mode" not in caveat.remedy
    assert "batch" in caveat.remedy


def test_work_on_another_stream_is_not_counted_and_is_a_caveat(simulation, device, loop):
    other = simulation.create_stream()

    def model():
        simulation.launch(100 * US)
        simulation.launch(400 * US, other)

    result = measure(device, model, loop)
    assert result.median_s == pytest.approx(seconds(100), rel=1e-12)
    assert result.samples.drain_s.tolist() == [seconds(300)] * 5
    assert [caveat.name for caveat in result.caveats] == ["work-on-another-stream"]


def test_the_current_stream_is_the_one_that_is_timed(simulation, device, loop):
    with device.own_stream():
        result = measure(device, lambda: simulation.launch(100 * US), loop)
    assert result.median_s == pytest.approx(seconds(100), rel=1e-12)
    assert result.caveats == ()


def test_timing_another_stream_reads_the_wrong_number(simulation, device, loop):
    """The control arm of the two above: the work stays on the default stream."""
    with device.own_stream():
        result = measure(device, lambda: simulation.launch(100 * US, stream=0), loop)
    assert result.median_s == 0.0


def test_order_of_operations_of_a_repetition(simulation, device):
    engine = make_engine(Loop.NATIVE, Workload(simulation.launch, (((US,), {}),), device, "model"))
    engine.isolated(1)
    assert simulation.log() == [
        "getDevice",
        "record",  # the events' first use, before the first call
        "record",
        "synchronizeDevice",
        "record",
        "launch",
        "record",
        "synchronizeEvent",
        "synchronizeDevice",
        "queryEvent",  # torch's own check before it reads the two
        "queryEvent",
        "elapsedTime",
    ]


def test_throughput_is_one_window(simulation, device, loop):
    simulation.set_launch_cost(1 * US)
    result = throughput(device, lambda x: simulation.launch(20 * US), 100, loop, batch_size=4)
    # The queue never runs dry: 1 µs until the first kernel begins, then 100 × 20 µs.
    assert result.window_s == seconds(2001)
    assert result.items_per_s == pytest.approx(400 / seconds(2001), rel=1e-12)
    assert result.samples.device_s[1:] == pytest.approx([seconds(20)] * 99, rel=1e-12)
    assert result.samples.enqueue_s.tolist() == [seconds(1)] * 100
    finish_s = [seconds(1 + 20 * (i + 1)) for i in range(100)]
    assert result.samples.finish_s == pytest.approx(finish_s, rel=1e-12)


def test_mode_pipelined_has_all_its_columns(simulation, device, loop):
    result = measure(device, lambda: simulation.launch(20 * US), loop, mode="pipelined")
    assert result.window_call_s == pytest.approx(seconds(20), rel=1e-12)
    assert set(result.samples.columns) == {"enqueue_s", "device_s", "finish_s"}
    assert result.samples.device_s == pytest.approx([seconds(20)] * 5, rel=1e-12)


def test_a_long_window_reuses_its_events(simulation, device):
    result = throughput(device, lambda x: simulation.launch(20 * US), 3000)
    assert simulation.most_live_events() == 2 * 1024 + 1
    assert simulation.live_events() == 0
    assert result.samples.device_s == pytest.approx([seconds(20)] * 3000, rel=1e-12)


def test_each_thread_has_a_stream_of_its_own(simulation, device, loop):
    simulation.reset()
    result = throughput(
        device, lambda x: simulation.launch(20 * US), 40, loop, concurrency=2, warm_up=3
    )
    assert simulation.calls("getNewStream") == 2
    assert len(result.samples) == 40
    assert seconds(400) <= result.window_s <= seconds(800)  # one after the other would be 800
    assert simulation.live_events() == 0


def test_threads_work_on_the_device_that_was_asked_for(simulation, loop):
    seen = set()

    def model(x):
        seen.add(simulation.current_device())
        simulation.launch(20 * US)

    throughput(simulation.device(1), model, 10, loop, concurrency=2)
    assert seen == {1}
    assert simulation.current_device() == 0


def test_pairs(simulation, device):
    result = pytimer.ab(
        lambda: simulation.launch(20 * US),
        lambda: simulation.launch(40 * US),
        (),
        device=device,
        pairs=20,
        warm_up=1,
    )
    assert result.samples_a.device_s == pytest.approx([seconds(20)] * 20, rel=1e-12)
    assert result.samples_b.device_s == pytest.approx([seconds(40)] * 20, rel=1e-12)


def test_a_torchscript_module_is_timed_without_python(simulation, device, script):
    simulation.set_record_cost(3 * US)
    result = pytimer.measure_latency(script, torch.ones(1), device=device, repetitions=3)
    assert result.subject.call == "torchscript"
    assert result.latency_s == pytest.approx([seconds(3)] * 3, rel=1e-12)


def test_the_windows_gate_opens_on_an_idle_device(simulation, device, loop):
    simulation.launch(100 * US)
    seen = []
    gate = _core.Gate(lambda: seen.append(simulation.now_ns()))
    workload = Workload(lambda: simulation.launch(20 * US), (((), {}),), device, "model")
    window = make_engine(Loop(loop), workload).pipelined(3, gate)
    assert seen == [window.opened_ns] == [100 * US]
    assert window.seconds == seconds(60)


def test_probes_and_sweeps_work_on_it(simulation, device):
    def model(x):
        if len(x) > 11:
            raise torch.OutOfMemoryError("out of memory")
        simulation.launch(len(x) * US)

    found = pytimer.find_batch_size(model, torch.ones(1, 2), device=device)
    assert (found.max_batch_size, found.limit) == (11, "memory")
    curve = pytimer.sweep(
        model, torch.ones(1, 2), device=device, batch_sizes=[1, 2], rounds=2, warm_up=0
    )
    assert [np.median(point.latency.latency_s) for point in curve.points] == pytest.approx(
        [seconds(1), seconds(2)], rel=1e-12
    )


def test_results_round_trip_and_name_the_device(simulation, device, tmp_path):
    result = measure(device, lambda: simulation.launch(50 * US))
    pytimer.save(result, tmp_path / "result.json")
    assert pytimer.load(tmp_path / "result.json") == result
    assert result.subject.device == f"{simulation.name}:0"
