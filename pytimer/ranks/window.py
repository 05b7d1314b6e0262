"""The window in which all ranks were at work, and how much each did in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pytimer.samples import FloatArray

LEAST_UNCERTAINTIES = 100
"""A window must be so many times as long as its ends are uncertain: 2 % with both ends."""


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when a rank was at work, seconds on one clock."""

    begin_s: float
    end_s: float

    @property
    def length_s(self) -> float:
        return self.end_s - self.begin_s


def common(spans: Sequence[Span]) -> Span:
    """From the latest begin to the earliest end; not longer than 0 where there is no such time."""
    return Span(max(span.begin_s for span in spans), min(span.end_s for span in spans))


def calls_until(at_s: FloatArray, opened_s: float, finish_s: FloatArray) -> FloatArray:
    """How many calls of a rank were done at those times; of a call at work, the part that was.

    Args:
        at_s: times, shape (times,).
        opened_s: when the first call began.
        finish_s: when each call was finished, after `opened_s`, shape (calls,).

    Returns:
        Between 0 and `calls`, shape (times,).
    """
    ends_s = np.concatenate([[opened_s], opened_s + finish_s])
    done: FloatArray = np.interp(at_s, ends_s, np.arange(len(ends_s), dtype=np.float64))
    return done


def blocks_of(window: Span, blocks: int) -> FloatArray:
    """The ends of equal parts of the window, its begin first, shape (blocks + 1,)."""
    edges: FloatArray = np.linspace(window.begin_s, window.end_s, blocks + 1)
    return edges
