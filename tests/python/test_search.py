import pytest

from pytimer.plan import Strategy
from pytimer.search import sizes_to_try


def search(strategy, limit, cap=None):
    """(largest that fitted, sizes tried) where every size up to `limit` fits."""
    tried = []
    sizes = sizes_to_try(strategy, cap)
    size = next(sizes)
    while True:
        tried.append(size)
        try:
            size = sizes.send(size <= limit)
        except StopIteration:
            return max((s for s in tried if s <= limit), default=0), tried


@pytest.mark.parametrize("strategy", list(Strategy))
@pytest.mark.parametrize("limit", [*range(20), 63, 64, 65, 100])
def test_the_exact_limit_is_found(strategy, limit):
    largest, tried = search(strategy, limit)
    assert largest == limit
    assert limit + 1 in tried  # that no larger one fits has been tried, not assumed
    assert len(tried) == len(set(tried))


@pytest.mark.parametrize("strategy", list(Strategy))
@pytest.mark.parametrize("cap", [1, 2, 7, 8, 9])
def test_nothing_above_the_cap_is_tried(strategy, cap):
    largest, tried = search(strategy, 1000, cap)
    assert largest == cap
    assert max(tried) == cap


def test_binary_doubles_then_bisects():
    assert search(Strategy.BINARY, 5)[1] == [1, 2, 4, 8, 6, 5]


def test_sequential_goes_one_by_one():
    assert search(Strategy.SEQUENTIAL, 3)[1] == [1, 2, 3, 4]


def test_binary_needs_logarithmically_many():
    assert len(search(Strategy.BINARY, 3000)[1]) <= 24
