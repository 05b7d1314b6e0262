"""Calls made in chunks, so that in between somebody can be told, and Ctrl-C be heard."""

from __future__ import annotations

import time
from collections.abc import Callable

CHUNK_S = 0.5
"""Wanted length of a chunk: how long Ctrl-C and the progress bar wait."""

MOST_CALLS_IN_CHUNK = 65536


class Chunks:
    """Makes `total` calls in chunks of about CHUNK_S.

    Not a generator: a model may raise StopIteration.

    Args:
        make: makes so many calls, and waits for them.
        seconds_per_call: of a call before; None: the first chunk is one call.
        stops: no chunk goes on beyond one of these.

    Attributes:
        total: may be raised in between.
        pauses: before which calls something else was done, by their index.
    """

    def __init__(
        self,
        make: Callable[[int], object],
        total: int,
        seconds_per_call: float | None,
        stops: tuple[int, ...] = (),
    ) -> None:
        self._make = make
        self._stops = stops
        self.total = total
        self.seconds_per_call = seconds_per_call
        self.done = 0
        self.pauses: tuple[int, ...] = ()

    def make_next(self) -> bool:
        """Makes the calls of a chunk; False where all have been made."""
        if self.done >= self.total:
            return False
        stop = next((stop for stop in self._stops if stop > self.done), self.total)
        calls = min(self._calls_in_chunk(), stop - self.done)
        begin = time.perf_counter()
        self._make(calls)
        self.seconds_per_call = (time.perf_counter() - begin) / calls
        self.done += calls
        return True

    def mark_pause(self) -> None:
        if self.done not in self.pauses[-1:]:
            self.pauses += (self.done,)

    def _calls_in_chunk(self) -> int:
        if self.seconds_per_call is None:
            return 1
        return int(min(max(CHUNK_S / max(self.seconds_per_call, 1e-9), 1), MOST_CALLS_IN_CHUNK))
