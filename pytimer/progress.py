"""How far a measurement has come, told between the calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Progress:
    """A moment between two calls of a measurement.

    Attributes:
        stage: what is at work, such as "warm-up", "latency", "batch size" or "sweep".
        done: calls made, or batch sizes tried.
        total: calls to be made; None where that is not known.
        note: what is known so far, in words; provisional.
        finding: what is settled and worth a line of its own; empty where there is nothing.
        known: makes the result so far, as if the process ended now, or None where there is none; to
            be called before the measurement goes on. None where nothing is known.
    """

    stage: str
    done: int
    total: int | None
    note: str = ""
    finding: str = ""
    known: Callable[[], Any] | None = field(default=None, compare=False, repr=False)


OnProgress = Callable[[Progress], None]
"""Called between calls, never inside a timed region; untimed calls follow before timing goes on."""


def knowing(on_progress: OnProgress | None, known: Callable[[Any], Any]) -> OnProgress | None:
    """The `on_progress` for a part of a measurement.

    Args:
        known: makes the result so far of the whole of what its part knows, which may be None.
    """
    if on_progress is None:
        return None

    def tell(progress: Progress) -> None:
        part = progress.known
        on_progress(replace(progress, known=lambda: known(None if part is None else part())))

    return tell
