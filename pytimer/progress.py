"""How far a measurement has come, told between the calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """A moment between two calls of a measurement.

    Attributes:
        stage: what is at work, such as "warm-up", "latency", "batch size" or "sweep".
        done: calls made, or batch sizes tried.
        total: calls to be made; None where that is not known.
        note: what is known so far, in words; provisional.
        finding: what is settled and worth a line of its own; empty where there is nothing.
    """

    stage: str
    done: int
    total: int | None
    note: str = ""
    finding: str = ""


OnProgress = Callable[[Progress], None]
"""Called between calls, never inside a timed region; untimed calls follow before timing goes on."""
