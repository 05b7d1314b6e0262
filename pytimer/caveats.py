"""Reasons to doubt a result, as values with a remedy."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caveat:
    """A reason to doubt a result.

    Attributes:
        name: short and stable, such as "work-on-another-stream".
        message: what was seen, with its figures.
        remedy: what to do about it.
    """

    name: str
    message: str
    remedy: str
