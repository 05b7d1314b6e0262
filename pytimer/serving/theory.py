"""What queueing theory expects of one server."""

from __future__ import annotations

import numpy as np

from pytimer.samples import FloatArray


def mean_wait_s(rate_per_s: float, service_s: FloatArray) -> float | None:
    """Mean wait of Poisson arrivals at one server that takes them in order, in the long run.

    Args:
        rate_per_s: arrivals per second.
        service_s: how long requests occupied the server, seconds, shape (n,), n >= 1.

    Returns:
        Seconds; None where the server cannot keep up: rate × mean service ≥ 1.

    Source:
        The Pollaczek–Khinchine formula: rate × E[S²] ÷ (2 × (1 − utilisation)).
    """
    utilisation = rate_per_s * float(np.mean(service_s))
    if utilisation >= 1:
        return None
    return rate_per_s * float(np.mean(np.square(service_s))) / (2 * (1 - utilisation))
