"""What the fields of a result must be for its figures to exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    _Array = npt.NDArray[np.float64]

MOST = 1e60
"""No measured number is larger, and the square of this one is still finite."""

LEAST = 1e-60
"""A number below it counts as 0: what is divided by it need not be finite."""

MOST_INTEGER = 2**63 - 1
"""What JSON readers of other languages, numpy and torch take."""


def positive(**numbers: float | _Array | None) -> None:
    """Raises ValueError unless all of them, those of an array too, are above 0; None may be."""
    import numpy as np  # not with the command line, which shows its help at once

    for name, value in numbers.items():
        if value is not None and not np.all(np.asarray(value) >= LEAST):
            raise ValueError(f"{name} must be above 0, got {np.min(value)}")


def not_negative(**numbers: float | None) -> None:
    """Raises ValueError for a number below 0; None may be."""
    for name, value in numbers.items():
        if value is not None and value < 0:
            raise ValueError(f"{name} must not be negative, got {value}")


def of_one_length(**arrays: _Array | None) -> None:
    """Raises ValueError unless all arrays have as many entries, and at least one; None may be."""
    lengths = {name: len(array) for name, array in arrays.items() if array is not None}
    if len(set(lengths.values())) > 1 or 0 in lengths.values():
        words = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise ValueError(f"expected as many entries in each, and at least one, got {words}")


def ascending_within(name: str, starts: tuple[int, ...], count: int) -> None:
    """Raises ValueError unless `starts` are indices into `count` entries, each above the last."""
    if any(b <= a for a, b in zip((-1, *starts), starts, strict=False)) or starts[-1:] > (count,):
        raise ValueError(f"{name} must ascend within 0 to {count}, got {_shown(starts)}")


def _shown(starts: tuple[int, ...]) -> str:
    return repr(starts) if len(starts) <= 10 else f"{len(starts)} of them"
