import time

import pytest
import torch

import pytimer
from pytimer.probing import Failure


def takes(seconds_of):
    """A model that takes that long for a number of items."""

    def model(x):
        time.sleep(seconds_of(len(x)))

    return model


def quick(model, **options):
    options = {"rounds": 3, "repetitions": 6, "batches": 6, "isolate": False} | options
    return pytimer.sweep(model, torch.ones(1), **options)


def flat(n):
    """5 ms up to 8 items, then 5 ms for each 4: the rate is best at 8."""
    return 0.005 if n <= 8 else 0.00125 * n


def test_the_curve_of_known_work():
    result = quick(takes(flat), batch_sizes=[1, 4, 8, 32])
    assert [point.batch_size for point in result.measured] == [1, 4, 8, 32]
    for point in result.measured:
        known = point.batch_size / flat(point.batch_size)
        assert known / 3 < point.items_per_s <= known
        assert point.latency_s(0.5) >= flat(point.batch_size)
        low, high = point.items_per_s_interval
        assert low <= point.items_per_s * 1.01
        assert high >= point.items_per_s * 0.99
        assert len(point.latency) == 6
        assert point.latency.round_starts == (0, 2, 4)
        assert point.probe.memory.process_bytes > 0
    assert result.fastest.batch_size == result.knee.batch_size == 8
    assert result.largest.batch_size == 32
    assert result.search is None
    assert result.max_batch_size is None


def test_all_sizes_are_measured_in_turn():
    calls = []

    def model(x):
        calls.append(len(x))

    quick(model, batch_sizes=[1, 2], rounds=3)
    turns = [size for size, before in zip(calls[1:], calls, strict=False) if size != before]
    assert turns.count(1) >= 3
    assert turns.count(2) >= 3


def limited(limit, seconds_of):
    def model(x):
        if len(x) > limit:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        time.sleep(seconds_of(len(x)))

    return model


def test_auto_goes_to_the_memory_limit_and_looks_around_the_fastest():
    """Best at 11, between the powers of two."""
    result = quick(limited(23, lambda n: 0.004 + 0.0004 * abs(n - 11) ** 1.5), batch_sizes="auto")
    sizes = [point.batch_size for point in result.points]
    assert {1, 2, 4, 8, 16, 23} <= set(sizes)
    assert len(sizes) > 6
    assert result.max_batch_size == 23
    assert 8 < result.fastest.batch_size < 16
    assert result.largest.batch_size == 23


def test_probes_of_the_search_are_used_again():
    result = quick(limited(9, lambda n: 0.001), batch_sizes="auto")
    searched = {probe.batch_size: probe for probe in result.search.probes}
    shared = [point for point in result.points if point.batch_size in searched]
    assert {point.batch_size for point in shared} >= {1, 4, 9}
    assert all(point.probe is searched[point.batch_size] for point in shared)


def test_sizes_that_do_not_fit_are_named_and_left_out():
    result = quick(limited(3, lambda n: 0.001), batch_sizes=[2, 8])
    assert [point.batch_size for point in result.measured] == [2]
    failed = result.points[1]
    assert (failed.batch_size, failed.probe.failure) == (8, Failure.MEMORY)
    assert failed.latency is None
    assert failed.items_per_s is None
    with pytest.raises(pytimer.BatchSizeError, match="none of the batch sizes 8, 16 fits"):
        quick(limited(3, lambda n: 0.001), batch_sizes=[8, 16])


def test_the_fastest_within_a_latency_bound():
    """10 ms + 1 ms an item: faster with size, and 4 items are the most within 30 ms at p90."""

    def seconds_of(n):
        return 0.01 + (0.001 * n if n <= 4 else 0.005 * n)

    options = {"batch_sizes": [1, 2, 4, 8], "percentile": 0.9}
    bounded = quick(takes(seconds_of), max_latency_s=0.03, **options)
    assert bounded.best_within.batch_size == 4
    assert len(bounded.measured[0].latency) >= 10  # as many as p90 needs
    impossible = quick(takes(seconds_of), max_latency_s=0.005, **options)
    assert impossible.best_within is None
    assert quick(takes(seconds_of), **options).best_within is None


def test_slow_sizes_are_given_fewer_calls():
    result = quick(
        takes(lambda n: 0.05), batch_sizes=[1], repetitions=100, batches=100, seconds_per_size=0.6
    )
    (point,) = result.measured
    assert 3 <= len(point.latency) <= 9
    assert 3 <= sum(block.calls for block in point.blocks) <= 9


def test_interruption_has_the_rounds_so_far():
    calls = iter(range(1000))

    def model(x):
        if next(calls) == 80:
            raise KeyboardInterrupt
        time.sleep(0.001)

    with pytest.raises(pytimer.Interrupted) as caught:
        quick(model, batch_sizes=[1, 2], rounds=50, repetitions=50, batches=50)
    result = caught.value.result
    assert [point.batch_size for point in result.measured] == [1, 2]
    assert 1 <= len(result.measured[0].blocks) < 50
    assert result.fastest in result.measured


def test_a_size_that_fails_only_later_is_too_large_and_the_others_stay():
    """Fits when it is tried, but not beside what is in the process when it is measured."""
    calls = []

    def model(x):
        calls.append(len(x))
        if len(x) == 8 and calls.count(8) > 8:
            raise torch.OutOfMemoryError("CUDA out of memory.")

    result = quick(model, batch_sizes=[1, 8])
    assert [point.batch_size for point in result.measured] == [1]
    assert result.points[1].probe.failure is Failure.MEMORY


def test_inputs_that_cannot_be_made_are_too_large_too():
    made = []

    def make_inputs(n):
        made.append(n)
        if n == 8 and made.count(8) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return torch.ones(n)

    result = quick(lambda x: x, batch_sizes=[1, 8], make_inputs=make_inputs)
    assert [point.batch_size for point in result.measured] == [1]
    assert result.points[1].probe.failure is Failure.MEMORY


def test_a_cap_beside_named_sizes_is_refused():
    with pytest.raises(pytimer.PlanError, match="max_batch_size is for batch_sizes auto"):
        quick(lambda x: x, batch_sizes=[1, 8], max_batch_size=2)


def test_a_real_error_when_a_size_is_tried_is_no_limit():
    def model(x):
        if len(x) > 1:
            raise ValueError("only batch 1")

    with pytest.raises(pytimer.BatchSizeError, match="for another reason than its size") as caught:
        quick(model, batch_sizes=[1, 2])
    assert [probe.batch_size for probe in caught.value.probes] == [1, 2]
    assert len(caught.value.result.points) == 1


def test_a_real_error_has_the_result_so_far():
    calls = []

    def model(x):
        calls.append(len(x))
        if calls.count(2) > 60:
            raise ValueError("worn out")

    with pytest.raises(pytimer.CallError, match="worn out") as caught:
        quick(model, batch_sizes=[1, 2], rounds=20, repetitions=100, batches=100)
    assert caught.value.result.measured[0].blocks


def test_one_round_has_no_interval():
    result = quick(takes(lambda n: 0.001), batch_sizes=[1, 2], rounds=1)
    assert result.measured[0].items_per_s_interval is None
    assert result.knee_in_doubt == ()
