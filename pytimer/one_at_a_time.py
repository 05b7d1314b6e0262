"""One measurement at a time in a process."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pytimer.errors import PlanError


class _Place:
    """Where there is room for one measurement. `what`: the one that was there last."""

    def __init__(self) -> None:
        self.taken = threading.Lock()
        self.what = ""


_place = _Place()


@contextmanager
def alone(what: str) -> Iterator[None]:
    """Inside, no other measurement begins in this process, in whatever thread.

    A process that is forked inside may measure: it has a place of its own.

    Args:
        what: is measured, such as the name of the model.

    Raises:
        PlanError: another one runs, in another thread or around this one.
    """
    place = _place
    if not place.taken.acquire(blocking=False):
        raise PlanError(
            f"another measurement is running in this process ({place.what}), and two at once would "
            "time each other; measure one after another and not inside a model, or let several "
            "threads call one model (concurrency)"
        )
    place.what = what
    try:
        yield
    finally:
        place.taken.release()


def _give_child_its_own() -> None:
    global _place
    _place = _Place()


os.register_at_fork(after_in_child=_give_child_its_own)
