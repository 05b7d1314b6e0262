"""Fields of results, for the codec."""

from __future__ import annotations

from dataclasses import Field, field
from typing import Any

_ADDED = "added"


def added(default: Any) -> Any:
    """A field that older files do not have: at its default it is not in a file."""
    return field(default=default, metadata={_ADDED: True})


def is_added(one: Field[Any]) -> bool:
    return _ADDED in one.metadata
