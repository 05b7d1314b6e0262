import os
import time

import pytest
import torch

REQUIRED = os.environ.get("PYTIMER_REQUIRE_CUDA") == "1"


def pytest_collection_modifyitems(items):
    if torch.cuda.is_available() or REQUIRED:
        return
    for item in items:
        if "cuda" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="needs a CUDA device"))


@pytest.fixture(autouse=True)
def _cuda_is_there():
    """With PYTIMER_REQUIRE_CUDA=1 nothing is skipped: without a device every test fails here."""
    assert torch.cuda.is_available(), "PYTIMER_REQUIRE_CUDA=1, but torch sees no CUDA device"


@pytest.fixture(scope="session")
def cycles_per_second():
    """Rate of torch.cuda._sleep's cycles, from two lengths so that constant costs cancel."""

    def seconds(cycles):
        torch.cuda.synchronize()
        begin = time.perf_counter()
        torch.cuda._sleep(cycles)
        torch.cuda.synchronize()
        return time.perf_counter() - begin

    seconds(100_000_000)
    short, long = (min(seconds(cycles) for _ in range(5)) for cycles in (10_000_000, 110_000_000))
    return 100_000_000 / (long - short)
