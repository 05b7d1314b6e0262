"""The moments at which requests arrive."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from pytimer.serving.plan import Arrivals


def schedule(
    arrivals: Arrivals, rate_per_s: float, seconds: float, seed: int
) -> npt.NDArray[np.int64]:
    """Arrivals within a window, nanoseconds since it began, in order, shape (requests,).

    Args:
        arrivals: poisson or uniform.
        rate_per_s: requests per second on average.
        seconds: length of the window.
        seed: of the exponential gaps, which are the same for all rates but for their scale.
    """
    expected = rate_per_s * seconds
    if arrivals is Arrivals.UNIFORM:
        moments_s = np.arange(math.ceil(expected)) / rate_per_s
    else:
        # Six standard deviations more than expected, so that the gaps fill the window.
        count = math.ceil(expected + 6 * math.sqrt(expected))
        gaps = np.random.default_rng(seed).standard_exponential(count)
        moments_s = np.cumsum(gaps) / rate_per_s
    within = moments_s[moments_s < seconds]
    return np.rint(within * 1e9).astype(np.int64)
