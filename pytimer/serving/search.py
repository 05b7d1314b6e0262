"""Which rates to try in search of the highest that keeps a bound."""

from __future__ import annotations

import math
from collections.abc import Generator

TOLERANCE = 0.05
"""The highest rate that keeps the bound and the lowest that does not end up as near as this."""

LOWEST_SHARE = 1 / 8
"""Of the capacity; requests hardly wait there, and a bound that is not kept has other reasons."""


def rates_to_try(capacity_per_s: float) -> Generator[float, bool, None]:
    """Rates in search of the highest that keeps the bound; each is answered by whether it does.

    Halves from half the capacity down to one that keeps it, then bisects on a logarithmic scale.
    Assumes that a rate below one that keeps the bound keeps it too, and that none does at capacity.

    Args:
        capacity_per_s: requests per second that the server could do without a pause.
    """
    kept, broken = 0.0, capacity_per_s
    while not kept:
        rate = broken / 2
        if rate < LOWEST_SHARE * capacity_per_s:
            return
        if (yield rate):
            kept = rate
        else:
            broken = rate
    while broken / kept > 1 + TOLERANCE:
        rate = math.sqrt(kept * broken)
        if (yield rate):
            kept = rate
        else:
            broken = rate
