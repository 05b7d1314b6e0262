"""A measurement that ended before its end, in words."""

from __future__ import annotations

from typing import Literal

from pytimer.caveats import Caveat
from pytimer.errors import AcceleratorError, CallError, CudaError

INCOMPLETE = "incomplete"
"""The name of the caveat of whatever was broken off."""

ENDED_BEFORE = "the measurement ended before it was looked at"


class ProcessEndedError(Exception):
    """Stands for what ended the process of a measurement, of which only the last report is left."""


def incomplete(
    error: BaseException,
    done: int,
    wanted: int | None,
    what: Literal["repetition", "pair", "round", "window"],
) -> Caveat:
    """The caveat of a result that `error` has cut short.

    Args:
        done: how many of `wanted` were finished; all, where the end came after them.
        wanted: None where it was not known yet how many there would be.
    """
    how = _how(error)
    if wanted is None or done < wanted:
        kept = _plural("sample" if what == "repetition" else what, done)
        of_how_many = "" if wanted is None else f" of {wanted}"
        said = f"{how} in {what} {done + 1}{of_how_many}: {done} {kept}"
    else:
        said = f"{how} after {done} {_plural(what, done)}, before all was looked at"
    return Caveat(
        INCOMPLETE, said, "take it for the part that it is, or mend that and measure again"
    )


def _how(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    if isinstance(error, CallError):
        return "the model raised"
    if isinstance(error, CudaError | AcceleratorError):
        return "the device failed"
    if isinstance(error, ProcessEndedError):
        return "its process ended, and was last heard of"
    return f"ended by {type(error).__name__}"


def _plural(what: str, count: int) -> str:
    return what if count == 1 else f"{what}s"
