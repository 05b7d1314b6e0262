"""Units of time in names and in texts."""

from __future__ import annotations

import re
import sys
from typing import TypeGuard

UNIT_NAMES = {1.0: "seconds", 1e3: "milliseconds", 1e6: "microseconds", 1e9: "nanoseconds"}
_WORDS = {
    1.0: "s sec secs second seconds",
    1e3: "ms msec msecs millis milli millisecond milliseconds",
    1e6: "us µs μs usec usecs micros microsecond microseconds",
    1e9: "ns nsec nanos nanosecond nanoseconds",
}
_UNITS = {word: unit for unit, words in _WORDS.items() for word in words.split()}
_WORD = "|".join(sorted(_UNITS, key=len, reverse=True))
_BEHIND = re.compile(rf"^\s?[\[(]?({_WORD})\b(?!\s*=)", re.I)
_BEFORE = re.compile(rf"[\[(_\s,]({_WORD})[\])]?\s*[:=|]?\s*$", re.I)
_SCALES = (1e3, 1e6, 1e9)


def unit_of_name(name: str) -> float | None:
    """Units per second of what is called so: 1000 for "latency_ms"; None where it does not say."""
    words = [word for word in re.split(r"_|(?<=[a-z])(?=[A-Z])", name) if word]
    found = {
        _UNITS[word.lower()]
        for position, word in enumerate(words)
        if word.lower() in _UNITS
        and len(words) > 1
        and (len(word) > 1 or position == len(words) - 1)
        and "per" not in words[max(0, position - 1) : position]
    }
    return found.pop() if len(found) == 1 else None


def unit_of_text(before: str, behind: str) -> float | None:
    """Units per second of a number printed between two texts; None where they do not say."""
    match = _BEHIND.match(behind) or _BEFORE.search(before[-40:])
    return _UNITS.get(match[1]) or _UNITS.get(match[1].lower()) if match else None


def nearest_scale(number: float) -> float | None:
    """1, or a thousand, million or milliard times more or less; None for any other number."""
    for scale in (1.0, *_SCALES, *(1 / scale for scale in _SCALES)):
        if abs(number / scale - 1) < 1e-9:
            return scale
    return None


def is_positive(number: object) -> TypeGuard[int | float]:
    """Whether it is a number above 0 that a float can hold."""
    return isinstance(number, int | float) and 0 < number <= sys.float_info.max


def is_scale(number: object) -> bool:
    """Whether multiplying by a number is likely to convert a unit."""
    return number in (*_SCALES, *(1 / s for s in _SCALES))
