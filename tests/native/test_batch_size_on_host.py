"""The search itself, in this process; what a worker adds is in test_worker_process.py."""

import gc
import time
import weakref

import pytest
import torch

import pytimer
from pytimer.devices.host_memory import HostMemoryBudget
from pytimer.probing import Failure


def find(*arguments, **options):
    return pytimer.find_batch_size(*arguments, isolate=False, **options)


def limited(limit, error=None):
    """A model that runs out of memory above `limit` items."""

    def model(x):
        if len(x) > limit:
            raise error or torch.OutOfMemoryError("CUDA out of memory.")
        return x

    return model


@pytest.mark.parametrize("strategy", ["binary", "sequential"])
@pytest.mark.parametrize("limit", [1, 2, 3, 13])
def test_the_exact_limit_is_found(strategy, limit):
    result = find(limited(limit), torch.ones(1, 2), strategy=strategy)
    assert (result.max_batch_size, result.limit) == (limit, "memory")
    fitted = [probe.batch_size for probe in result.probes if probe.failure is None]
    assert max(fitted) == limit


def test_an_index_limit_is_named():
    error = RuntimeError("CUDA error: invalid configuration argument")
    result = find(limited(5, error), torch.ones(1, 2))
    assert (result.max_batch_size, result.limit) == (5, "index")


def test_the_cap_ends_the_search_and_is_a_caveat_only_when_it_was_not_asked_for():
    asked = find(limited(1000), torch.ones(1), max_batch_size=6)
    assert (asked.max_batch_size, asked.limit, asked.caveats) == (6, "cap", ())
    default = find(limited(1000), torch.ones(1))
    assert (default.max_batch_size, default.limit) == (256, "cap")
    assert [caveat.name for caveat in default.caveats] == ["batch-size-capped"]


def test_time_ends_the_search():
    def model(x):
        time.sleep(0.05)

    result = find(model, torch.ones(1), max_seconds=0.3, strategy="sequential")
    assert result.limit == "time"
    assert [caveat.name for caveat in result.caveats] == ["search-out-of-time"]


def test_batch_size_1_that_does_not_fit_is_an_error_with_its_probe():
    with pytest.raises(pytimer.BatchSizeError, match="does not fit on cpu at batch size 1") as e:
        find(limited(0), torch.ones(1))
    assert [probe.failure for probe in e.value.probes] == [Failure.MEMORY]


def test_a_real_error_ends_the_search_with_what_was_tried():
    error = RuntimeError("shapes cannot be multiplied")
    with pytest.raises(pytimer.BatchSizeError, match="at batch size 4 for another reason") as e:
        find(limited(2, error), torch.ones(1))
    assert [probe.batch_size for probe in e.value.probes] == [1, 4]


def test_interruption_keeps_the_probes():
    with pytest.raises(pytimer.Interrupted) as caught:
        find(limited(4, KeyboardInterrupt()), torch.ones(1))
    assert [probe.batch_size for probe in caught.value.probes] == [1, 4]


def test_inputs_are_materialised_at_each_size():
    seen = []

    def model(x, mask, scale):
        seen.append((x.shape, x.is_contiguous(), x.stride(), mask.shape, scale.shape))

    x = torch.arange(6.0).reshape(2, 3)
    inputs = (x, torch.ones(2, 5), torch.ones(7))
    find(model, inputs, max_batch_size=4)
    assert seen[-1] == ((4, 3), True, (3, 1), (4, 5), (7,))


def test_items_are_repeated_not_invented():
    seen = {}

    def model(x):
        seen[len(x)] = x[:, 0].tolist()

    find(model, torch.tensor([[1.0], [2.0]]), max_batch_size=5)
    assert seen[1] == [1.0]
    assert seen[5] == [1.0, 2.0, 1.0, 2.0, 1.0]


def test_make_inputs_overrides():
    seen = []

    def model(text):
        seen.append(text)

    find(model, (), make_inputs=lambda b: ("x" * b,), strategy="sequential", max_batch_size=3)
    assert set(seen) == {"x", "xx", "xxx"}


def test_inputs_without_a_batch_dimension_are_refused():
    with pytest.raises(pytimer.PlanError, match="pass make_inputs"):
        find(int, ())


def test_a_memory_budget_stands_in_for_a_gpus_limit():
    """Each item takes 4 MiB; the budget is 64 MiB.

    The C library's heap may hold as much again in free memory that fits no tensor, hence the bound
    below; above 16 items nothing fits.
    """

    def model(x):
        return torch.ones(len(x), 2**20)

    result = find(model, torch.ones(1, 1), memory_limit_bytes=64 * 2**20)
    assert result.limit == "memory"
    assert 4 <= result.max_batch_size <= 16
    failed = [probe for probe in result.probes if probe.failure is Failure.MEMORY]
    assert failed
    # The process goes on as before: the limit is lifted.
    assert torch.ones(64, 2**20).numel() == 2**26


def test_without_the_budget_the_same_model_goes_on():
    def model(x):
        return torch.ones(len(x), 2**20)

    result = find(model, torch.ones(1, 1), memory_limit_bytes=2**30, max_batch_size=32)
    assert (result.max_batch_size, result.limit) == (32, "cap")


def test_a_batch_size_1_beyond_the_budget_does_not_fit():
    def model(x):
        return torch.ones(len(x), 2**24)

    with pytest.raises(pytimer.BatchSizeError, match="at batch size 1"):
        find(model, torch.ones(1, 1), memory_limit_bytes=2**20)


def test_probes_tell_time_and_memory():
    result = find(torch.nn.Linear(64, 64), torch.ones(1, 64), max_batch_size=2)
    for probe in result.probes:
        assert probe.probe_s > probe.call_s > 0
        assert probe.peak_bytes >= 0
        assert probe.memory.process_bytes > 2**20
        assert probe.memory.device_bytes > probe.memory.process_bytes / 2
        assert probe.memory.allocated_bytes is None  # the host's allocator does not count
        assert probe.error == ""
        assert not probe.in_worker


@pytest.mark.parametrize("strategy", ["guided", "binary", "sequential"])
def test_no_more_than_three_calls_a_probe(strategy):
    calls = []

    def model(x):
        calls.append(len(x))

    result = find(model, torch.ones(1), strategy=strategy, max_batch_size=20)
    before_the_search = 1
    assert len(calls) - before_the_search <= 3 * len(result.probes)


@pytest.mark.parametrize(("multiple", "limit", "expected"), [(8, 100, 96), (3, 3, 3), (7, 20, 14)])
def test_only_multiples_are_tried(multiple, limit, expected):
    result = find(limited(limit), torch.ones(1), multiple_of=multiple)
    assert result.max_batch_size == result.batch_size == expected
    assert all(probe.batch_size % multiple == 0 for probe in result.probes)


def test_the_cap_is_rounded_down_to_a_multiple():
    result = find(limited(1000), torch.ones(1), multiple_of=8, max_batch_size=30)
    assert (result.max_batch_size, result.limit) == (24, "cap")


@pytest.mark.parametrize(
    ("limit", "margin", "multiple", "expected"),
    [(100, 0.05, 1, 95), (100, 0.1, 8, 80), (3, 0.5, 1, 1), (1, 0.9, 1, 1), (100, 0.0, 1, 100)],
)
def test_a_margin_is_kept_with_a_size_that_was_tried(limit, margin, multiple, expected):
    result = find(limited(limit), torch.ones(1), margin=margin, multiple_of=multiple)
    assert result.max_batch_size == limit - limit % multiple
    assert result.batch_size == expected
    assert expected in [probe.batch_size for probe in result.probes if probe.fitted]


def test_a_margin_is_kept_when_the_time_is_up():
    def model(x):
        time.sleep(0.02 if len(x) < 40 else 1)

    result = find(
        model, torch.ones(1), strategy="sequential", margin=0.5, max_seconds=0.5, max_batch_size=99
    )
    assert result.limit == "time"
    assert 1 <= result.batch_size <= max(result.max_batch_size // 2, 1)


def test_an_ambiguous_error_at_batch_size_1_is_a_real_one():
    error = RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED")
    assert find(limited(5, error), torch.ones(1)).max_batch_size == 5
    with pytest.raises(pytimer.BatchSizeError, match="for another reason than its size"):
        find(limited(0, error), torch.ones(1))


def test_a_lost_context_ends_the_search_and_says_so():
    error = RuntimeError("CUDA error: an illegal memory access was encountered")
    with pytest.raises(pytimer.BatchSizeError, match="context of this process is lost") as caught:
        find(limited(3, error), torch.ones(1))
    assert [probe.batch_size for probe in caught.value.probes] == [1, 4]


def test_a_context_lost_before_the_search_is_said_too():
    calls = []

    def model(x):
        calls.append(x)
        if len(calls) == 1:
            raise RuntimeError("CUDA error: device-side assert triggered")

    with pytest.raises(pytimer.BatchSizeError, match="context of this process is lost"):
        find(model, torch.ones(1))
    assert len(calls) == 1


def test_the_call_before_the_search_is_limited_too():
    """8 GiB against 1 MiB, and the GiB that setting up may take."""
    failed = []

    def model(x):
        try:
            return torch.empty(len(x), 2**31)
        except RuntimeError:
            failed.append(len(x))
            raise

    with pytest.raises(pytimer.BatchSizeError, match="does not fit"):
        find(model, torch.ones(1), memory_limit_bytes=2**20)
    assert failed == [1, 1]


def test_a_failed_probe_leaves_no_tensors_behind():
    """A traceback holds the tensors of its frames, and an exception may be in a cycle with them."""
    made = []

    def model(x):
        activations = [torch.ones(2**10) for _ in range(8)]
        made.extend(weakref.ref(one) for one in activations)
        if len(x) > 2:
            error = torch.OutOfMemoryError("CUDA out of memory.")
            error.keeps = (error, activations)
            for _ in range(3):  # what survives collections is looked at only by a thorough one
                gc.collect(1)
            raise error

    alive = []
    gc.disable()
    try:
        find(
            model,
            torch.ones(1),
            on_progress=lambda p: p.finding and alive.append(sum(r() is not None for r in made)),
        )
    finally:
        gc.enable()
    assert len(alive) >= 3
    assert set(alive) == {0}


def test_each_probe_is_a_line_of_progress():
    lines = []
    result = find(limited(5), torch.ones(1), on_progress=lambda p: lines.append(p.finding))
    lines = [line for line in lines if line]
    assert len(lines) == len(result.probes)
    assert "fits" in lines[0]
    assert any("too large (memory)" in line for line in lines)
    assert all("MiB" in line and line.rstrip()[-1] for line in lines)


def test_interruption_has_the_answer_so_far():
    with pytest.raises(pytimer.Interrupted) as caught:
        find(limited(3, KeyboardInterrupt()), torch.ones(1))
    result = caught.value.result
    assert (result.max_batch_size, result.limit) == (1, "interrupted")
    assert [probe.batch_size for probe in result.probes] == [1]


@pytest.mark.parametrize("error", [None, RuntimeError("the device is lost")])
def test_memory_is_read_before_it_is_given_back_and_given_back_in_any_case(monkeypatch, error):
    done = []
    peak, release = HostMemoryBudget.peak, HostMemoryBudget.release

    def reads(budget):
        done.append("read")
        if error is not None:
            raise error
        return peak(budget)

    def gives_back(budget, *, thorough):
        done.append("given back")
        release(budget, thorough=thorough)

    monkeypatch.setattr(HostMemoryBudget, "peak", reads)
    monkeypatch.setattr(HostMemoryBudget, "release", gives_back)
    model = torch.nn.Linear(8, 8)
    find(model, torch.ones(1, 8), max_batch_size=1)
    assert done[done.index("read") :] == ["read", "given back"]
