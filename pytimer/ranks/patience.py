"""Calls that may never return, given up in time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def within(timeout_s: float, call: Callable[[], T]) -> T:
    """What `call` returns, or raises, in a thread of its own, so that signals are heard meanwhile.

    Raises:
        TimeoutError: it took longer; it goes on, and nothing waits for it.
    """
    answer: Future[T] = Future()

    def make() -> None:
        try:
            answer.set_result(call())
        except BaseException as error:
            answer.set_exception(error)

    threading.Thread(target=make, daemon=True).start()
    return answer.result(timeout_s)
