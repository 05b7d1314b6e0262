"""Quantiles of the distributions that intervals are made of.

By scipy.special: to import scipy.stats takes half as long as to import torch.
"""

from __future__ import annotations

import math

from scipy import special

_ROUNDING = 1e-12
"""Of a sum of probabilities, relative."""


def of_normal(p: float) -> float:
    """The quantile at `p` of the standard normal distribution."""
    return float(special.ndtri(p))


def of_student(p: float, freedom: float) -> float:
    """The quantile at `p` of Student's t with that many degrees of freedom."""
    return float(special.stdtrit(freedom, p))


def of_binomial(p: float, n: int, success: float) -> int:
    """The least number of successes in `n` trials that is not exceeded with probability `p`."""
    found = math.ceil(float(special.bdtrik(p, n, success)))
    below = max(found - 1, 0)
    is_enough = special.bdtr(below, n, success) >= p * (1 - _ROUNDING)
    return below if is_enough else found
