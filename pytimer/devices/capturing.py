"""What goes wrong when a call is captured into a graph, in pytimer's words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import torch

from pytimer.errors import OF_OTHERS, CallError, CaptureError, PyTimerError, text_of


def called_before_capture(call: Callable[[], Any]) -> Any:
    """What the call returns; raises CallError where it raises without any capture."""
    try:
        return call()
    except PyTimerError:
        raise
    except OF_OTHERS as error:
        raise CallError(
            f"the model raised in a call before it was to be captured: {text_of(error)}"
        ) from error


@contextmanager
def capturing(give_up: Callable[[], None]) -> Iterator[Callable[[Callable[[], Any]], None]]:
    """Makes what a capture raises a CaptureError.

    Yields what makes the call: where that raises, the end of the capture raises as well, and knows
    less of it.

    Args:
        give_up: puts right what a failed capture leaves behind, and waits; may fail likewise.
    """
    raised = []

    def called(call: Callable[[], Any]) -> None:
        try:
            call()
        except OF_OTHERS as error:
            raised.append(error)
            raise

    try:
        yield called
    except OF_OTHERS as error:
        with suppress(Exception):
            give_up()
        first = (*raised, error)[0]
        remedy = "use mode queued"
        if isinstance(first, MemoryError | torch.OutOfMemoryError):
            remedy = f"a graph holds memory of its own: free some, or {remedy}"
        try:
            raise CaptureError(
                f"the model cannot be captured into a CUDA graph: {text_of(first)}; {remedy}"
            ) from first
        finally:  # else these frames and the error hold each other, and the memory of the capture
            raised.clear()
            del first
