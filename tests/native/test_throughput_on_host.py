import time

import pytest
import torch

import pytimer


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
    assert result.search is None


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


def test_auto_searches_the_batch_size_first():
    def model(x):
        if len(x) > 6:
            raise torch.OutOfMemoryError("CUDA out of memory.")

    calls = []
    result = pytimer.measure_throughput(
        model, torch.ones(1), batches=5, warm_up=2, on_progress=calls.append
    )
    assert result.batch_size == result.search.max_batch_size == 6
    assert result.subject.inputs == ("6 float32",)
    assert [p.stage for p in calls][-2:] == ["throughput", "throughput"]


def test_a_call_that_raises_keeps_the_finished_ones():
    calls = iter(range(100))

    def model(x):
        if next(calls) == 4:
            raise ValueError("fifth")

    with pytest.raises(pytimer.CallError, match="in call 5 of 100") as caught:
        pytimer.measure_throughput(model, torch.ones(1), batch_size=1, warm_up=0)
    assert len(caught.value.samples) == 4


@pytest.mark.parametrize("options", [{"batch_size": 0}, {"batches": 0}, {"strategy": "guess"}])
def test_bad_plans_are_refused(options):
    with pytest.raises(pytimer.PlanError):
        pytimer.measure_throughput(int, torch.ones(1), **options)
