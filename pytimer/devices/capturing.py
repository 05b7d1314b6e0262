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
def capturing(give_up: Callable[[], None]) -> Iterator[None]:
    """Makes what a capture raises a CaptureError.

    Args:
        give_up: waits for the device after a failed capture; may fail likewise.
    """
    try:
        yield
    except OF_OTHERS as error:
        with suppress(Exception):
            give_up()
        remedy = "use mode queued"
        if isinstance(error, MemoryError | torch.OutOfMemoryError):
            remedy = f"a graph holds memory of its own: free some, or {remedy}"
        raise CaptureError(
            f"the model cannot be captured into a CUDA graph: {text_of(error)}; {remedy}"
        ) from error
