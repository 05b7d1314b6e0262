"""Values that someone passes where something else is expected."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st


class _Speechless:
    """Says nothing of itself, and is like nothing."""

    def __repr__(self) -> str:
        raise RuntimeError("no words")

    __hash__ = None

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no comparing")


ODD = st.sampled_from(
    [
        None, True, False, 0, 1, -1, 2**63 - 1, 2**63, 10**400, 10**5000, -(10**5000),
        0.0, -0.0, 0.01, 0.5, 0.99, 1.0, 5e-324, 1e308, math.inf, -math.inf, math.nan,
        "", "auto", "queued", "\0", "\ud800", "1", b"1", (), (1,), (1, 2), (0,), (1.5,), ("a",),
        [], [1, 2], {}, {"a": 1}, {1}, object(), int, len, Ellipsis, 1j,
        Decimal(1), Decimal("nan"), Fraction(1, 3), np.float64(0.5), np.int64(3), np.bool_(True),
        np.array([1, 2]), np.array(3), np.float64("nan"), range(3), _Speechless(), _Speechless,
    ]
)  # fmt: skip

VALUES = (
    ODD
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.lists(st.integers() | st.floats(), max_size=3).map(tuple)
)
