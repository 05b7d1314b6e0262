"""What every statistic asks of its samples."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pytimer.samples import FloatArray


def checked(x: npt.ArrayLike, *, least: int = 1, positive: bool = False) -> FloatArray:
    """The samples as a float64 array of shape (n,).

    Raises:
        ValueError: not one-dimensional, fewer than `least` values, a value that is not finite, or
            where `positive` is set, one that is not above 0.
    """
    array = np.asarray(x, dtype=np.float64)
    if array.ndim != 1:
        raise ValueError(f"expected samples of shape (n,), got {array.shape}")
    if len(array) < least:
        raise ValueError(f"expected at least {least} samples, got {len(array)}")
    if not np.isfinite(array).all():
        raise ValueError("expected finite samples, got NaN or infinity; remove what made them")
    if positive and not (array > 0).all():
        raise ValueError(f"expected durations above 0, got {float(array.min())}")
    return array
