"""What the oldest torch that pytimer takes does otherwise: see docs/compatibility.md."""

import pytest
import torch

needs_newer_torch = pytest.mark.skipif(
    torch.__version__.startswith("2.11."),
    reason="torch 2.11 says on stderr alone which input a package does not take",
)
