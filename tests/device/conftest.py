import os

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
