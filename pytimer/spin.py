"""How long the device must spin so that the host can put a whole call on the stream behind it."""

from __future__ import annotations

import numpy as np

from pytimer.samples import Mark, Samples

SHORTEST_S = 50e-6
LONGEST_S = 0.1
"""A spin is finite and short, so that nothing can wait for it long."""

PILOT_CALLS = 10

_MOST_LATE = 0.1
"""Share of late samples from which on the spin is not long enough, or cannot be."""


def enqueue_to_hide(warm_up: Samples) -> float:
    """Enqueue time of a call, seconds, as isolated calls show it: their 90th percentile."""
    enqueue_s = warm_up.enqueue_s
    return 0.0 if enqueue_s is None else float(np.quantile(enqueue_s, 0.9))


def length(enqueue_s: float) -> float:
    """Twice the enqueue time and a margin for the launches around it, within the bounds above."""
    return float(np.clip(2 * enqueue_s + 20e-6, SHORTEST_S, LONGEST_S))


def longer(spin_s: float) -> float:
    return min(4 * spin_s, LONGEST_S)


def is_late(samples: Samples) -> bool:
    """Whether too many samples began before the host had put the whole call on the stream."""
    return samples.marked(Mark.HOST_BOUND) > _MOST_LATE * len(samples)


def is_waited_for(full: Samples, half: Samples, spin_s: float) -> bool:
    """Whether calls return only when the spin is over, however long it is.

    So it is when a call holds more launches than the launch queue, or waits for the device by
    itself; a longer spin would hide nothing then. `half` was measured behind a spin of half the
    length: enqueue time that shrinks with the spin was spent waiting for it, while a host that is
    merely slow needs as long as before. No count of launches is needed, which only a profiler or a
    capture could give.
    """
    if full.enqueue_s is None or half.enqueue_s is None:
        return False
    shrunk = float(np.median(full.enqueue_s) - np.median(half.enqueue_s))
    return shrunk > 0.25 * spin_s
