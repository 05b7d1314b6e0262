import os
import signal
import threading
import time
import warnings

import numpy as np
import pytest
import torch

import pytimer
from pytimer._core import WallWindow
from pytimer.concurrency import since


def interrupt_after(seconds):
    timer = threading.Timer(seconds, os.kill, [os.getpid(), signal.SIGINT])
    timer.start()
    return timer


def wait_per_item(x):
    end = time.perf_counter() + 0.0005 * len(x)
    while time.perf_counter() < end:
        pass


@pytest.mark.parametrize("loop", ["native", "python"])
def test_rate_of_known_work(loop):
    """0.5 ms an item is at most 2000 items per second, in either formula."""
    result = pytimer.measure_throughput(
        wait_per_item, torch.ones(1), batch_size=4, batches=25, warm_up=1, loop=loop
    )
    assert 200 < result.items_per_s <= 2000
    assert result.items_per_s <= result.event_items_per_s <= 2000
    assert len(result.samples) == 25
    assert result.sweep is None
    assert result.speed_up is None
    assert result.copied_bytes is None


def test_rate_is_batches_times_batch_size_over_the_window():
    result = pytimer.measure_throughput(
        wait_per_item, torch.ones(1), batch_size=3, batches=7, warm_up=0
    )
    assert result.items_per_s == 7 * 3 / result.window_s
    assert result.event_items_per_s == 7 * 3 / result.samples.host_s.sum()


def test_idle_time_between_calls_is_in_the_window_only():
    class Result:
        def __del__(self):
            time.sleep(0.001)

    def model(x):
        return Result()

    result = pytimer.measure_throughput(model, torch.ones(1), batch_size=1, batches=20, warm_up=0)
    assert result.window_s >= 0.02
    assert result.event_items_per_s > 2 * result.items_per_s


def test_auto_sweeps_up_to_the_limit_and_takes_the_fastest():
    """From 3 items on an item takes twice as long: 2 is the fastest of 6 that fit."""

    def model(x):
        if len(x) > 6:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        time.sleep(0.005 + 0.001 * len(x) * (1 if len(x) <= 2 else 6))

    calls = []
    result = pytimer.measure_throughput(
        model, torch.ones(1), batches=5, warm_up=2, isolate=False, on_progress=calls.append
    )
    assert result.sweep.max_batch_size == 6
    assert result.batch_size == result.sweep.fastest.batch_size == 2
    assert result.subject.inputs == ("2 float32",)
    assert [p.stage for p in calls][-2:] == ["throughput", "throughput"]


def test_the_interval_of_the_rate_is_over_blocks_of_the_window():
    result = pytimer.measure_throughput(
        wait_per_item, torch.ones(1), batch_size=2, batches=40, warm_up=1
    )
    low, high = result.items_per_s_interval
    assert low <= result.items_per_s <= high
    assert result.samples.finish_s[-1] <= result.window_s
    assert (result.samples.finish_s[1:] > result.samples.finish_s[:-1]).all()
    few = pytimer.measure_throughput(wait_per_item, torch.ones(1), batch_size=2, batches=19)
    assert few.items_per_s_interval is None


@pytest.mark.parametrize("loop", ["native", "python"])
def test_threads_that_wait_work_at_the_same_time(loop):
    """Sleeping needs no interpreter lock: four threads do four times the work of one."""
    result = pytimer.measure_throughput(
        lambda x: time.sleep(0.01),
        torch.ones(1),
        batch_size=1,
        batches=30,
        warm_up=1,
        concurrency=4,
        loop=loop,
    )
    assert len(result.samples) == 30
    assert len(result.warm_up) == 4
    assert result.window_s >= 30 / 4 * 0.01
    assert result.items_per_s <= 400
    assert result.speed_up > 2.5
    assert "gil-bound" not in [caveat.name for caveat in result.caveats]
    assert (result.samples.finish_s[1:] >= result.samples.finish_s[:-1]).all()


def test_finish_times_count_from_the_first_thread_that_began():
    samples = pytimer.Samples("host", {"host_s": np.ones(2), "finish_s": np.array([1.0, 2.0])})
    late = WallWindow(1_500_000_000, 4_000_000_000)
    assert since(1_000_000_000, late, samples).finish_s.tolist() == [1.5, 2.5]


def test_threads_that_share_the_interpreter_lock_are_a_caveat():
    result = pytimer.measure_throughput(
        lambda x: sum(range(20_000)), torch.ones(1), batch_size=1, batches=200, concurrency=4
    )
    assert result.speed_up < 2.5
    assert "gil-bound" in [caveat.name for caveat in result.caveats]


def test_each_thread_has_inputs_of_its_own():
    seen = set()

    def model(x):
        seen.add((threading.get_ident(), x.data_ptr()))
        assert torch.is_inference_mode_enabled()

    pytimer.measure_throughput(model, torch.ones(64), batch_size=64, batches=20, concurrency=2)
    in_threads = {pair for pair in seen if pair[0] != threading.get_ident()}
    assert len(in_threads) == len({thread for thread, _ in in_threads}) == 2
    assert len({pointer for _, pointer in in_threads}) == 2


def test_a_thread_that_fails_ends_all():
    calls = iter(range(1000))

    def model(x):
        if next(calls) > 60:
            raise ValueError("enough")
        time.sleep(0.001)

    with pytest.raises(pytimer.CallError, match="enough"):
        pytimer.measure_throughput(
            model, torch.ones(1), batch_size=1, batches=200, warm_up=2, concurrency=3
        )
    assert threading.active_count() == 1


@pytest.mark.parametrize("loop", ["native", "python"])
def test_the_window_opens_when_the_last_thread_is_warm(loop):
    slow = iter([0.5])  # one of the threads warms up for half a second

    def model(x):
        if threading.current_thread() is not threading.main_thread():
            time.sleep(next(slow, 0))

    result = pytimer.measure_throughput(
        model, torch.ones(1), batch_size=1, batches=4, warm_up=1, concurrency=2, loop=loop
    )
    assert result.window_s < 0.4
    assert result.warm_up.host_s.max() >= 0.5


@pytest.mark.usefixtures("heard_interrupts")
@pytest.mark.parametrize("loop", ["native", "python"])
def test_interruption_ends_all_threads_and_keeps_their_calls(loop):
    """Each thread has far more to do than anybody would wait for."""
    calls = iter(range(10**9))

    def model(x):
        time.sleep(0.01)
        if threading.current_thread() is not threading.main_thread() and next(calls) == 20:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(pytimer.Interrupted) as caught:
        pytimer.measure_throughput(
            model,
            torch.ones(1),
            batch_size=1,
            batches=10**6,
            warm_up=1,
            concurrency=2,
            loop=loop,
        )
    assert [thread.name for thread in threading.enumerate()] == ["MainThread"]
    assert len(caught.value.samples) >= 4
    assert (caught.value.samples.host_s >= 0.01).all()


@pytest.mark.parametrize("loop", ["native", "python"])
def test_a_thread_that_fails_leaves_the_calls_of_all(loop):
    calls = iter(range(1000))

    def model(x):
        if next(calls) > 100:
            raise ValueError("enough")
        time.sleep(0.001)

    with pytest.raises(pytimer.CallError, match=r"after \d+ calls of all: ValueError: enough") as e:
        pytimer.measure_throughput(
            model,
            torch.ones(1),
            batch_size=1,
            batches=500,
            warm_up=2,
            concurrency=2,
            loop=loop,
        )
    assert 80 < len(e.value.samples) < 100  # less those of warm-up
    finish_s = e.value.samples.finish_s
    assert (finish_s[1:] >= finish_s[:-1]).all()


@pytest.mark.usefixtures("heard_interrupts")
def test_interruption_in_the_warm_up_of_threads_is_heard_at_once():
    calls = iter(range(10**9))

    def model(x):
        if threading.current_thread() is not threading.main_thread():
            time.sleep(0.01)
            if next(calls) == 20:
                os.kill(os.getpid(), signal.SIGINT)

    begin = time.monotonic()
    with pytest.raises(pytimer.Interrupted):
        pytimer.measure_throughput(
            model, torch.ones(1), batch_size=1, warm_up=10_000, concurrency=2
        )
    assert time.monotonic() - begin < 60  # a hundred seconds would be left


@pytest.mark.usefixtures("heard_interrupts")
def test_interruption_is_heard_while_no_python_runs():
    with warnings.catch_warnings(action="ignore"):  # TorchScript is deprecated
        script = torch.jit.trace(torch.nn.Linear(64, 64).eval(), torch.ones(1, 64))
    pytimer.measure_throughput(script, torch.ones(1, 64), batch_size=1, batches=1)  # imports all
    interrupt_after(0.5)
    with pytest.raises(pytimer.Interrupted) as caught:
        pytimer.measure_throughput(script, torch.ones(1, 64), batch_size=1, batches=10**7)
    assert 1 < len(caught.value.samples) < 10**7


def test_a_thread_that_cannot_be_started_is_an_error_and_leaves_none_behind(monkeypatch):
    start, started = threading.Thread.start, []

    def start_two(thread):
        started.append(thread)
        if len(started) == 3:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_two)
    with pytest.raises(pytimer.PyTimerError, match="thread 3 of 4 cannot be started"):
        pytimer.measure_throughput(
            lambda x: None, torch.ones(1), batch_size=1, batches=40, concurrency=4
        )
    assert threading.active_count() == 1


@pytest.mark.parametrize(
    ("error", "kind"),
    [(ValueError("late"), pytimer.CallError), (KeyboardInterrupt(), pytimer.Interrupted)],
)
def test_a_failure_after_the_sweep_keeps_the_sweep(error, kind):
    warming = []

    def model(x):
        if warming:
            raise error

    with pytest.raises(kind) as caught:
        pytimer.measure_throughput(
            model,
            torch.ones(1),
            max_batch_size=2,
            isolate=False,
            on_progress=lambda progress: warming.extend([1] * (progress.stage == "warm-up")),
        )
    assert [point.batch_size for point in caught.value.result.measured] == [1, 2]


def test_limits_of_a_search_are_refused_where_there_is_none():
    for option in ({"max_batch_size": 8}, {"memory_limit_bytes": 2**30}):
        with pytest.raises(pytimer.PlanError, match="are for batch_size auto"):
            pytimer.measure_throughput(wait_per_item, torch.ones(1), batch_size=2, **option)


def test_copies_are_refused_before_the_sweep():
    calls = []
    with pytest.raises(pytimer.DeviceUnavailableError, match="host_to_device"):
        pytimer.measure_throughput(
            lambda x: calls.append(1), torch.ones(1), host_to_device=True, isolate=False
        )
    assert calls == []


def test_copies_to_the_device_need_a_device():
    with pytest.raises(pytimer.DeviceUnavailableError, match="host_to_device needs a CUDA device"):
        pytimer.measure_throughput(wait_per_item, torch.ones(1), batch_size=1, host_to_device=True)


def test_a_call_that_raises_keeps_the_finished_ones():
    calls = iter(range(100))

    def model(x):
        if next(calls) == 4:
            raise ValueError("fifth")

    with pytest.raises(pytimer.CallError, match="in call 5 of 100") as caught:
        pytimer.measure_throughput(model, torch.ones(1), batch_size=1, warm_up=0)
    assert len(caught.value.samples) == 4


@pytest.mark.parametrize(
    "options",
    [
        {"batch_size": 0},
        {"batches": 0},
        {"strategy": "guess"},
        {"concurrency": 0},
        {"concurrency": 5, "batches": 4},
    ],
)
def test_bad_plans_are_refused(options):
    with pytest.raises(pytimer.PlanError):
        pytimer.measure_throughput(int, torch.ones(1), **options)
