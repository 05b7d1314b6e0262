"""How often torch.compile compiles while calls are made."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass


@dataclass(slots=True)
class Compilations:
    """How many there have been so far, graphs that were recorded among them."""

    count: int = 0


@contextmanager
def counted_compilations() -> Iterator[Compilations]:
    """Counts the compilations of all threads while it is held; costs the calls nothing."""
    seen = Compilations()
    if "torch._dynamo" not in sys.modules:  # nothing is compiled, and importing it takes a second
        yield seen
        return
    from torch._dynamo.callback import callback_handler

    def note(*_: object) -> None:
        seen.count += 1

    callback_handler.register_start_callback(note)
    try:
        yield seen
    finally:
        with suppress(ValueError):  # a torch._dynamo.reset() in between forgets all of them
            callback_handler.remove_start_callback(note)
