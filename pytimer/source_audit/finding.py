"""What the audit found."""

from __future__ import annotations

from dataclasses import dataclass

from pytimer.source_audit.catalogue import Rule


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A mistake at a place.

    Attributes:
        line: counts from 1.
        detail: what was seen there, beyond what the rule says of every such place; may be empty.
    """

    line: int
    rule: Rule
    detail: str = ""
