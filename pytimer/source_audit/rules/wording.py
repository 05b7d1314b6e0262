"""Numbers that are said to be in a unit that they are not in."""

from __future__ import annotations

from collections.abc import Iterator

from pytimer.source_audit.walk import names
from pytimer.source_audit.walk.trace import Trace
from pytimer.source_audit.walk.units import UNIT_NAMES
from pytimer.source_audit.walk.values import Duration, Rate


def unit_mix_ups(trace: Trace) -> Iterator[tuple[str, int, str]]:
    for value, unit, text, line in trace.said:
        if isinstance(value, Rate):
            yield from _of_rate(value, text)
        elif unit is not None and not _may_be(value, unit, trace):
            yield "unit-mix-up", _place(value, line), _detail(value, unit)


def _may_be(value: Duration, unit: float, trace: Trace) -> bool:
    """Whether a number can be in a unit; the time of 1000 calls in s is that of one in ms."""
    turns = {
        loop.count for action in trace.inside(value.region) for loop in action.loops if loop.count
    }
    ratios = [unit / known for known in value.units]
    return not ratios or any(
        abs(ratio / turn - 1) < 1e-6 for ratio in ratios for turn in {1, *turns}
    )


def _of_rate(rate: Rate, text: str) -> Iterator[tuple[str, int, str]]:
    if names.PER_MILLISECOND.search(text) or not names.PER_SECOND.search(text):
        return
    if not any(abs(known - 1) < 1e-6 for known in rate.units):
        yield "unit-mix-up", rate.line, "said to be per second, divided by a time in another unit"


def _place(value: Duration, line: int) -> int:
    """The conversion that went wrong, or else where the number is said to be in another unit."""
    return line if value.conversion is None else value.conversion


def _detail(value: Duration, unit: float) -> str:
    known = [UNIT_NAMES[u] for u in sorted(value.units) if u in UNIT_NAMES]
    is_in = f"it is in {' or '.join(known)}, " if known else "it is in no unit of time, "
    return f"{is_in}but said to be in {UNIT_NAMES[unit]}"
