"""Modes × calls on the simulated runtime: expected values and marks follow from hand arithmetic."""

import itertools
import time

import pytest

import pytimer
import pytimer.measure
from pytimer import spin
from pytimer.devices import Health
from pytimer.samples import Mark

US = 1000


def seconds(microseconds):
    return microseconds / 1e6


def measure(device, model, mode, **options):
    options = {"warm_up": 4, "repetitions": 20} | options
    return pytimer.measure_latency(model, (), device=device, mode=mode, **options)


def launches(simulation, count, kernel_us, stream=None):
    def model():
        for _ in range(count):
            simulation.launch(kernel_us * US, stream)

    return model


def names(result):
    return [caveat.name for caveat in result.caveats]


KERNEL_US = (1, 5, 50)
LAUNCH_US = (0, 2, 20)
COUNTS = (1, 10)


@pytest.mark.parametrize(
    ("kernel_us", "launch_us", "count"), list(itertools.product(KERNEL_US, LAUNCH_US, COUNTS))
)
def test_every_mode_reads_what_it_says(simulation, device, kernel_us, launch_us, count):
    simulation.set_launch_cost(launch_us * US)
    model = launches(simulation, count, kernel_us)

    # Isolated: the first kernel begins after its launch; each later one when its launch and the
    # kernel before are done.
    isolated = measure(device, model, "isolated")
    end = 0
    for launch in range(1, count + 1):
        end = max(end, launch * launch_us) + kernel_us
    assert isolated.samples.device_s == pytest.approx([seconds(end)] * 20, rel=1e-6)
    assert isolated.samples.enqueue_s.tolist() == [seconds(count * launch_us)] * 20

    # Queued: the device's work alone, whatever a launch costs.
    queued = measure(device, model, "queued")
    assert queued.samples.device_s == pytest.approx([seconds(count * kernel_us)] * 20, rel=1e-6)
    assert queued.samples.marks.tolist() == [Mark.CLEAN] * 20
    assert queued.samples.host_s is None
    assert queued.spin_s <= spin.LONGEST_S

    # Graph: one launch, then the kernels back to back.
    graph = measure(device, model, "graph")
    assert graph.samples.device_s == pytest.approx([seconds(count * kernel_us)] * 20, rel=1e-6)
    assert graph.samples.enqueue_s.tolist() == [seconds(launch_us)] * 20
    assert graph.subject.call == "graph"

    # Isolated graph: the launch is in device time, once.
    alone = measure(device, model, "isolated", call="graph")
    expected = seconds(launch_us + count * kernel_us)
    assert alone.samples.device_s == pytest.approx([expected] * 20, rel=1e-6)

    # Pipelined: whichever is longer sets the pace, after the first launch; the last call's
    # kernels end the window.
    pipelined = measure(device, model, "pipelined")
    pace = max(launch_us, kernel_us)
    window = launch_us + (20 * count - 1) * pace + kernel_us
    assert pipelined.window_s == pytest.approx(seconds(window), rel=1e-9)
    assert pipelined.window_call_s == pytest.approx(seconds(window) / 20, rel=1e-9)
    assert pipelined.samples.host_s is None


def test_launch_bound_is_said_and_gone_when_the_device_is_slower(simulation, device):
    simulation.set_launch_cost(20 * US)
    assert "launch-bound" in names(measure(device, launches(simulation, 10, 2), "isolated"))
    assert "launch-bound" not in names(measure(device, launches(simulation, 10, 200), "isolated"))
    assert "launch-bound" not in names(measure(device, launches(simulation, 10, 2), "queued"))


def test_all_modes_side_by_side_confirm_it_with_the_gain(simulation, device):
    simulation.set_launch_cost(20 * US)
    modes = pytimer.measure_modes(
        launches(simulation, 10, 2), (), device=device, warm_up=4, repetitions=20
    )
    assert [result.plan.mode for result in modes.results] == [
        "isolated",
        "queued",
        "pipelined",
        "queued",
    ]
    assert modes.missing == ()
    (caveat,) = [c for c in modes["isolated"].caveats if c.name == "launch-bound"]
    # 202 µs isolated, 20 µs of work.
    assert "confirmed (queued 90% shorter, graph 90% shorter)" in caveat.message
    with pytest.raises(KeyError):
        _ = modes["fast"]


def test_a_mode_that_cannot_be_is_missing_with_the_reason(simulation, device):
    device.refuses_capture = True
    modes = pytimer.measure_modes(
        launches(simulation, 1, 5), (), device=device, warm_up=1, repetitions=3
    )
    (missing,) = modes.missing
    assert missing.mode == "graph"
    assert "cannot be captured" in missing.reason
    with pytest.raises(pytimer.CaptureError):
        measure(device, launches(simulation, 1, 5), "graph")


def test_a_graph_replays_one_set_of_inputs(simulation, device):
    with pytest.raises(pytimer.PlanError, match="one set of inputs, got a list of several"):
        pytimer.measure_latency(
            lambda: simulation.launch(US), [(), ()], device=device, mode="graph"
        )


def test_modes_round_trip(simulation, device, tmp_path):
    modes = pytimer.measure_modes(
        launches(simulation, 2, 5), (), device=device, warm_up=1, repetitions=5
    )
    pytimer.save(modes, tmp_path / "modes.json")
    assert pytimer.load(tmp_path / "modes.json") == modes


# What can go wrong behind a spin.


def test_a_spin_too_short_for_the_host_is_host_bound(simulation, device):
    """Host work that isolated calls do not show: every fifth call takes much longer."""
    calls = itertools.count()

    def model():
        call = next(calls)
        # Warm-up 0–3 and pilot 4–13 are quick.
        simulation.host_work(5000 * US if call >= 14 and call % 5 == 4 else 10 * US)
        simulation.launch(5 * US)

    result = measure(device, model, "queued", warm_up=4, repetitions=20)
    late = result.samples.marks == Mark.HOST_BOUND
    assert late.sum() == 4
    assert "host-bound" in names(result)
    # A clean sample holds the work alone; a late one the wait for the host, less the spin.
    assert result.samples.device_s[~late] == pytest.approx([seconds(5)] * 16, rel=1e-6)
    assert result.samples.device_s[late] == pytest.approx(
        [seconds(5000 + 5) - result.spin_s] * 4, rel=1e-6
    )


def test_a_pilot_that_is_late_makes_the_spin_longer_once(simulation, device):
    """The first isolated calls are quick, all later ones slow: twice their time is too short."""
    calls = itertools.count()

    def model():
        simulation.host_work(10 * US if next(calls) < 4 else 120 * US)
        simulation.launch(5 * US)

    result = measure(device, model, "queued", warm_up=4, repetitions=20)
    assert result.spin_s == pytest.approx(4 * spin.SHORTEST_S)
    assert result.samples.marks.tolist() == [Mark.CLEAN] * 20


def test_a_host_that_needs_as_long_as_the_spin_is_slow_and_not_waiting(simulation, device):
    """A call of 60 µs behind a spin of 50 µs looks like one that waits for it; it is not."""
    calls = itertools.count()

    def model():
        simulation.host_work(10 * US if next(calls) < 4 else 60 * US)
        simulation.launch(5 * US)

    result = measure(device, model, "queued", warm_up=4, repetitions=20)
    assert result.samples.marks.tolist() == [Mark.CLEAN] * 20


def test_a_spin_is_never_longer_than_its_bound(simulation, device):
    def model():
        simulation.host_work(80_000 * US)
        simulation.launch(5 * US)

    result = measure(device, model, "queued", warm_up=1, repetitions=3)
    assert result.spin_s == spin.LONGEST_S
    assert spin.longer(result.spin_s) == spin.LONGEST_S


@pytest.mark.parametrize("depth", [1, 8, 16, 32])
def test_more_launches_than_the_queue_holds_is_queue_full(simulation, device, depth):
    simulation.set_launch_cost(1 * US)
    simulation.set_queue_depth(depth)
    result = measure(device, launches(simulation, 40, 1), "queued")
    assert result.samples.marks.tolist() == [Mark.QUEUE_FULL] * 20
    assert "queue-full" in names(result)
    assert "--mode graph" in next(c.remedy for c in result.caveats if c.name == "queue-full")
    # Never lengthened for that: isolated calls take 40 µs and more to enqueue.
    isolated = measure(device, launches(simulation, 40, 1), "isolated")
    enqueue_s = isolated.samples.enqueue_s[0]
    assert result.spin_s == pytest.approx(spin.length(enqueue_s))


@pytest.mark.parametrize("depth", [41, 1024])
def test_a_queue_that_holds_the_call_is_not_full(simulation, device, depth):
    simulation.set_launch_cost(1 * US)
    simulation.set_queue_depth(depth)
    result = measure(device, launches(simulation, 40, 1), "queued")
    assert result.samples.marks.tolist() == [Mark.CLEAN] * 20


def test_a_graph_is_one_launch_for_the_queue(simulation, device):
    simulation.set_launch_cost(1 * US)
    simulation.set_queue_depth(16)
    graph = measure(device, launches(simulation, 10, 1), "graph")
    assert graph.samples.marks.tolist() == [Mark.CLEAN] * 20


def test_a_call_that_synchronises_inside_ends_with_samples_and_the_reason(simulation, device):
    simulation.set_launch_cost(1 * US)

    def model():
        simulation.launch(5 * US)
        simulation.synchronize_stream()
        simulation.launch(5 * US)

    result = measure(device, model, "queued")
    assert len(result.latency_s) == 20
    assert result.samples.marks.tolist() == [Mark.HOST_BOUND] * 20
    assert {"synchronises-inside", "host-bound"} <= set(names(result))
    isolated = measure(device, model, "isolated")
    assert "synchronises-inside" in names(isolated)
    assert "launch-bound" not in names(isolated)


def test_a_call_that_does_not_synchronise_is_not_blamed(simulation, device):
    assert "synchronises-inside" not in names(
        measure(device, launches(simulation, 3, 5), "isolated")
    )


def test_work_on_another_stream_is_caught_in_queued_mode_too(simulation, device):
    other = simulation.create_stream()

    def model():
        simulation.launch(100 * US)
        # Put there by a host that is ahead: it waits for nothing and ends long after.
        simulation.launch(2_000 * US, other)

    assert "work-on-another-stream" in names(measure(device, model, "queued"))
    right = measure(device, launches(simulation, 2, 100), "queued")
    assert "work-on-another-stream" not in names(right)


def test_not_ready_leaves_no_error_behind(simulation, device):
    """torch's next launch check would raise it."""
    result = measure(device, launches(simulation, 1, 5), "queued")
    assert simulation.calls("cudaEventQuery") >= 20
    assert result.samples.marked(Mark.CLEAN) == 20
    assert simulation.last_error() == 0


def test_order_of_runtime_calls_of_a_queued_repetition(simulation, device):
    measure(device, launches(simulation, 1, 5), "queued", warm_up=0, repetitions=1)
    log = simulation.log()
    first = log.index("cudaLaunchKernel")
    assert log[first : first + 10] == [
        "cudaLaunchKernel",  # the spin
        "cudaEventRecord",  # behind it
        "cudaEventRecord",  # start
        "launch",
        "cudaEventRecord",  # stop
        "cudaEventQuery",  # is the spin still running?
        "cudaGetLastError",  # "not ready" is no error
        "cudaEventSynchronize",
        "cudaDeviceSynchronize",
        "cudaEventElapsedTime",
    ]


@pytest.mark.parametrize(
    "name",
    [
        "cudaLibraryLoadData",
        "cudaLibraryGetKernel",
        "cudaLaunchKernel",
        "cudaEventQuery",
        "cudaEventRecord",
        "cudaEventSynchronize",
        "cudaDeviceSynchronize",
        "cudaEventElapsedTime",
        "cudaEventCreateWithFlags",
    ],
)
@pytest.mark.parametrize("nth", [1, 2, 5])
def test_a_failing_call_leaks_nothing_and_is_named(simulation, device, name, nth):
    if nth > 1 and name.startswith("cudaLibrary"):
        nth = 1
    simulation.fail_call(name, nth, 719)
    with pytest.raises(pytimer.CudaError) as caught:
        measure(device, launches(simulation, 1, 5), "queued", warm_up=3, repetitions=5)
    assert (caught.value.call, caught.value.code) == (name, 719)
    assert simulation.live_events() == 0
    assert simulation.last_error() == 0


def test_an_asynchronous_error_behind_a_spin_keeps_the_samples(simulation, device):
    calls = itertools.count(1)

    def model():
        simulation.launch(5 * US)
        if next(calls) == 4 + 10 + 7:  # warm-up, pilot, samples
            simulation.fail_asynchronously(700)

    with pytest.raises(pytimer.CudaError, match="illegal memory access") as caught:
        measure(device, model, "queued")
    assert caught.value.call == "cudaEventQuery"
    assert len(caught.value.samples) == 6
    assert simulation.live_events() == 0


# Cache.


def test_a_cold_cache_is_flushed_synchronised_and_started(simulation, device):
    result = measure(device, launches(simulation, 1, 5), "isolated", cache="cold")
    assert result.median_s == pytest.approx(seconds(5), rel=1e-6)
    # The probe kernel takes 2 µs warm and 6 µs cold.
    assert result.cold_over_warm == pytest.approx(3.0)
    assert "cache-not-cold" not in names(result)
    log = simulation.log()
    first = log.index("launch")
    assert log[first : first + 5] == [
        "launch",  # the flush
        "cudaDeviceSynchronize",  # a flush left running would hide launches
        "cudaEventRecord",
        "launch",
        "cudaEventRecord",
    ]


def test_queued_and_cold_is_flush_spin_start(simulation, device):
    measure(device, launches(simulation, 1, 5), "queued", cache="cold")
    log = simulation.log()
    first = log.index("cudaLaunchKernel")
    assert log[first - 1 : first + 4] == [
        "launch",  # the flush, not waited for
        "cudaLaunchKernel",
        "cudaEventRecord",
        "cudaEventRecord",
        "launch",
    ]


def test_a_flush_that_achieves_nothing_is_said(simulation, device, monkeypatch):
    monkeypatch.setattr(device, "cache_probe", lambda: lambda: simulation.launch(2 * US))
    result = measure(device, launches(simulation, 1, 5), "isolated", cache="cold")
    assert result.cold_over_warm == pytest.approx(1.0)
    assert "cache-not-cold" in names(result)


# Floor, time, health.


def test_the_floor_is_what_no_work_reads(simulation, device):
    simulation.set_record_cost(3 * US)
    result = measure(device, launches(simulation, 1, 500), "isolated")
    assert result.floor_s == pytest.approx(seconds(3), rel=1e-6)
    assert "below-floor" not in names(result)
    small = measure(device, launches(simulation, 1, 5), "isolated")
    assert "below-floor" in names(small)
    queued = measure(device, launches(simulation, 1, 5), "queued")
    assert queued.floor_s == 0.0  # records are hidden behind the spin
    assert "below-floor" not in names(queued)


def test_time_ends_a_measurement_with_fewer_samples(simulation, device):
    result = measure(
        device, lambda: time.sleep(0.02), "isolated", repetitions=1000, max_seconds=0.5
    )
    assert 1 <= len(result.latency_s) < 200
    assert "out-of-time" in names(result)
    window = measure(
        device, lambda: time.sleep(0.02), "pipelined", repetitions=1000, max_seconds=0.5
    )
    assert 1 <= len(window.latency_s) < 200
    assert "out-of-time" in names(window)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (Health(), Health(), []),
        (Health(sm_clock_hz=1.98e9), Health(sm_clock_hz=1.95e9), []),
        (Health(sm_clock_hz=1.98e9), Health(sm_clock_hz=1.5e9), ["clock-throttled"]),
        (Health(sm_clock_hz=1.5e9), Health(sm_clock_hz=1.98e9), ["clock-throttled"]),
        (Health(throttled_s=1.0), Health(throttled_s=1.0), []),
        (Health(throttled_s=1.0), Health(throttled_s=1.1), ["clock-throttled"]),
        (Health(power_capped_s=1.0), Health(power_capped_s=2.0), ["power-capped"]),
        (Health(other_processes=0), Health(other_processes=0), []),
        (
            Health(other_processes=2, utilisation=0.5),
            Health(other_processes=2),
            ["other-processes-on-device"],
        ),
    ],
)
def test_what_happened_to_the_device_is_a_caveat(simulation, device, before, after, expected):
    device.healths = [before, after]
    result = measure(device, launches(simulation, 1, 50), "isolated")
    assert names(result) == expected
    assert len(result.latency_s) == 20


def test_reading_the_counters_is_a_gap_after_which_calls_are_not_kept(simulation, device):
    calls = []

    def model():
        calls.append(1)
        simulation.launch(50 * US)

    measure(device, model, "isolated", warm_up=4, repetitions=20)
    without = len(calls)
    device.healths = [Health(sm_clock_hz=1.0)] * 2
    calls.clear()
    measure(device, model, "isolated", warm_up=4, repetitions=20)
    assert len(calls) > without


def test_rounds_are_apart_and_the_interval_is_over_them(simulation, device, monkeypatch):
    monkeypatch.setattr(pytimer.measure, "ROUND_PAUSE_S", 0.0)
    lengths = itertools.count()

    def model():
        # Each tenth of the calls is 1 µs longer than the one before; pauses add calls of their own.
        simulation.launch((100 + next(lengths) // 20) * US)

    result = measure(device, model, "isolated", warm_up=0, repetitions=200, rounds=10)
    assert result.samples.round_starts == tuple(range(0, 200, 20))
    assert set(result.samples.round_starts[1:]) <= set(result.samples.chunk_starts)
    medians = result.round_medians_s
    assert len(medians) == 10
    found = result.percentile_interval_s(0.5)
    # Student's t with 9 degrees of freedom: 2.262.
    half = 2.2621571628 * medians.std(ddof=1) / 10**0.5
    assert found.low_s == pytest.approx(medians.mean() - half)
    assert found.high_s == pytest.approx(medians.mean() + half)
    assert len(result.latency_s) == 200


@pytest.mark.parametrize(
    "options", [{"rounds": 0}, {"rounds": 21}, {"rounds": 2, "precision": 0.1}]
)
def test_rounds_that_cannot_be_are_refused(device, options):
    with pytest.raises(pytimer.PlanError, match="rounds"):
        measure(device, int, "isolated", **options)
