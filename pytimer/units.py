"""Numbers for people: one unit for a block of durations, four significant digits."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of time and how many of it are in a second."""

    name: str
    per_second: float

    def show(self, seconds: float | None) -> str:
        """The duration in this unit, without the unit's name; a dash for None."""
        return "–" if seconds is None else significant(seconds * self.per_second)


_UNITS = (Unit("s", 1.0), Unit("ms", 1e3), Unit("µs", 1e6), Unit("ns", 1e9))


_PREFIXES = {15: "P", 12: "T", 9: "G", 6: "M", 3: "k", 0: "", -3: "m", -6: "µ"}


def unit_for(seconds: float | None) -> Unit:
    """The largest unit in which the duration is at least 1; nanoseconds below that."""
    size = abs(seconds or 0.0)
    return next((unit for unit in _UNITS if size * unit.per_second >= 1), _UNITS[-1])


def duration(seconds: float) -> str:
    """With its unit, such as "33.28 ms"."""
    unit = unit_for(seconds)
    return f"{unit.show(seconds)} {unit.name}"


def significant(value: float, digits: int = 4) -> str:
    """`value` rounded to `digits` significant digits, but never coarser than to an integer."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    magnitude = abs(float(f"{value:.{digits - 1}e}"))  # after rounding: 9.9996 is 10.00
    decimals = max(digits - 1 - math.floor(math.log10(magnitude)), 0)
    separator = "\u202f" if magnitude >= 1e4 else ""
    return f"{value:,.{decimals}f}".replace(",", separator)


def prefixed(value: float, unit: str) -> str:
    """The value with the largest prefix with which it is at least 1, such as 780.3 MFLOP."""
    power = next((power for power in _PREFIXES if abs(value) >= 10.0**power), min(_PREFIXES))
    return f"{significant(value / 10.0**power)} {_PREFIXES[power]}{unit}"


def fraction_of(text: str) -> float:
    """A fraction, or a percentage such as 1%; raises ValueError for anything else."""
    return float(text[:-1]) / 100 if text.endswith("%") else float(text)


def mebibytes(count: int | None) -> str:
    return "–" if count is None else significant(count / 2**20)
