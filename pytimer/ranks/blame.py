"""Which ranks are to blame for an end, from what each said last."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Literal

INTERRUPTED = "was told to end"


@dataclass(frozen=True, slots=True)
class LastWord:
    """Why a rank ends.

    Attributes:
        kind: "error": something went wrong on that rank; "interrupted": it was told to end; "lost":
            it missed another.
        reason: the same for people.
    """

    kind: Literal["error", "interrupted", "lost"]
    reason: str


def reasons_of(
    words: Mapping[int, LastWord], silent: Set[int], *, doing: str, waited_s: float | None
) -> dict[int, str]:
    """Why each rank that is to blame is to blame.

    A rank with an error is. Silence is evidence where nothing else explains the end, or where it
    lasted as long as it may: else the rank may well be at work. A rank that was interrupted is to
    blame only where nobody else is, as torchrun interrupts them all.

    Args:
        words: the last words, by rank.
        silent: ranks that were waited for, and said nothing.
        doing: what the asking rank was at.
        waited_s: how long it waited, where that was as long as it may; None: a connection broke.
    """
    told = {rank: word.reason for rank, word in words.items() if word.kind == "error"}
    silence = f"ended without a word (at {doing!r}); see what it printed"
    if waited_s is not None:
        silence = f"gave no word for {waited_s:g} s (at {doing!r}); raise --timeout"
    elif len(silent) > 1:
        silence = f"gave no word (at {doing!r}): it ended, or is still at work"
    quiet = dict.fromkeys(sorted(silent), silence) if waited_s is not None or not told else {}
    ended = [rank for rank, word in words.items() if word.kind == "interrupted"]
    return told | quiet or dict.fromkeys(sorted(ended), INTERRUPTED)
