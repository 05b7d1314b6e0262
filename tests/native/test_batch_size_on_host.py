import pytest
import torch

import pytimer
from pytimer.failures import Failure


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
    result = pytimer.find_batch_size(limited(limit), torch.ones(1, 2), strategy=strategy)
    assert (result.max_batch_size, result.limit) == (limit, "memory")
    fitted = [probe.batch_size for probe in result.probes if probe.failure is None]
    assert max(fitted) == limit


def test_an_index_limit_is_named():
    error = RuntimeError("CUDA error: invalid configuration argument")
    result = pytimer.find_batch_size(limited(5, error), torch.ones(1, 2))
    assert (result.max_batch_size, result.limit) == (5, "index")


def test_the_cap_ends_the_search_and_is_a_caveat_only_when_it_was_not_asked_for():
    asked = pytimer.find_batch_size(limited(1000), torch.ones(1), max_batch_size=6)
    assert (asked.max_batch_size, asked.limit, asked.caveats) == (6, "cap", ())
    default = pytimer.find_batch_size(limited(1000), torch.ones(1))
    assert (default.max_batch_size, default.limit) == (256, "cap")
    assert [caveat.name for caveat in default.caveats] == ["batch-size-capped"]


def test_a_rate_that_no_longer_grows_ends_the_search():
    import time

    def model(x):
        time.sleep(0.002 * len(x))

    result = pytimer.find_batch_size(model, torch.ones(1), min_rate_gain=0.5)
    assert (result.max_batch_size, result.limit) == (2, "rate")


def test_time_ends_the_search():
    import time

    def model(x):
        time.sleep(0.05)

    result = pytimer.find_batch_size(model, torch.ones(1), max_seconds=0.3, strategy="sequential")
    assert result.limit == "time"
    assert [caveat.name for caveat in result.caveats] == ["search-out-of-time"]


def test_batch_size_1_that_does_not_fit_is_an_error_with_its_probe():
    with pytest.raises(pytimer.BatchSizeError, match="does not fit on cpu at batch size 1") as e:
        pytimer.find_batch_size(limited(0), torch.ones(1))
    assert [probe.failure for probe in e.value.probes] == [Failure.MEMORY]


def test_a_real_error_ends_the_search_with_what_was_tried():
    error = RuntimeError("shapes cannot be multiplied")
    with pytest.raises(pytimer.BatchSizeError, match="at batch size 4 for another reason") as e:
        pytimer.find_batch_size(limited(2, error), torch.ones(1))
    assert [probe.batch_size for probe in e.value.probes] == [1, 2, 4]


def test_interruption_keeps_the_probes():
    with pytest.raises(pytimer.Interrupted) as caught:
        pytimer.find_batch_size(limited(4, KeyboardInterrupt()), torch.ones(1))
    assert [probe.batch_size for probe in caught.value.probes] == [1, 2, 4]


def test_inputs_are_materialised_at_each_size():
    seen = []

    def model(x, mask, scale):
        seen.append((x.shape, x.is_contiguous(), x.stride(), mask.shape, scale.shape))

    x = torch.arange(6.0).reshape(2, 3)
    inputs = (x, torch.ones(2, 5), torch.ones(7))
    pytimer.find_batch_size(model, inputs, max_batch_size=4)
    assert seen[-1] == ((4, 3), True, (3, 1), (4, 5), (7,))


def test_items_are_repeated_not_invented():
    seen = {}

    def model(x):
        seen[len(x)] = x[:, 0].tolist()

    pytimer.find_batch_size(model, torch.tensor([[1.0], [2.0]]), max_batch_size=5)
    assert seen[1] == [1.0]
    assert seen[5] == [1.0, 2.0, 1.0, 2.0, 1.0]


def test_make_inputs_overrides():
    seen = []

    def model(text):
        seen.append(text)

    pytimer.find_batch_size(model, (), make_inputs=lambda b: ("x" * b,), max_batch_size=3)
    assert set(seen) == {"x", "xx", "xxx"}


def test_inputs_without_a_batch_dimension_are_refused():
    with pytest.raises(pytimer.PlanError, match="pass make_inputs"):
        pytimer.find_batch_size(int, ())


def test_a_memory_budget_stands_in_for_a_gpus_limit():
    """Each item takes 4 MiB; the budget is 64 MiB.

    The C library's heap may hold as much again in free memory that fits no tensor, hence the bound
    below; above 16 items nothing fits.
    """

    def model(x):
        return torch.ones(len(x), 2**20)

    result = pytimer.find_batch_size(model, torch.ones(1, 1), memory_limit_bytes=64 * 2**20)
    assert result.limit == "memory"
    assert 4 <= result.max_batch_size <= 16
    failed = [probe for probe in result.probes if probe.failure is Failure.MEMORY]
    assert failed
    # The process goes on as before: the limit is lifted.
    assert torch.ones(64, 2**20).numel() == 2**26


def test_without_the_budget_the_same_model_goes_on():
    def model(x):
        return torch.ones(len(x), 2**20)

    result = pytimer.find_batch_size(
        model, torch.ones(1, 1), memory_limit_bytes=2**30, max_batch_size=32
    )
    assert (result.max_batch_size, result.limit) == (32, "cap")


def test_a_batch_size_1_beyond_the_budget_does_not_fit():
    def model(x):
        return torch.ones(len(x), 2**24)

    with pytest.raises(pytimer.BatchSizeError, match="at batch size 1"):
        pytimer.find_batch_size(model, torch.ones(1, 1), memory_limit_bytes=2**20)


def test_probes_tell_time_and_memory():
    result = pytimer.find_batch_size(torch.nn.Linear(64, 64), torch.ones(1, 64), max_batch_size=2)
    for probe in result.probes:
        assert probe.call_s > 0
        assert probe.items_per_s == probe.batch_size / probe.call_s
        assert probe.peak_bytes >= 0
        assert probe.error == ""
