"""Quantiles of the distributions that intervals are made of.

By scipy.special: to import scipy.stats takes half as long as to import torch.
"""

from __future__ import annotations

import math
from typing import TypeVar

from scipy import special

from pytimer.samples import FloatArray

_ROUNDING = 1e-12
"""Of a sum of probabilities, relative."""

Freedom = TypeVar("Freedom", float, FloatArray)


def of_normal(p: float) -> float:
    """The quantile at `p` of the standard normal distribution."""
    return float(special.ndtri(p))


def of_student(p: float, freedom: Freedom) -> Freedom:
    """The quantile at `p` of Student's t, for one number of degrees of freedom or several."""
    found: Freedom = special.stdtrit(freedom, p)
    return found


def of_binomial(p: float, n: int, success: float) -> int:
    """The least number of successes in `n` trials that is not exceeded with probability `p`."""
    found = math.ceil(float(special.bdtrik(p, n, success)))
    below = max(found - 1, 0)
    is_enough = special.bdtr(below, n, success) >= p * (1 - _ROUNDING)
    return below if is_enough else found
