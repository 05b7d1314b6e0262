"""A rate and what it has shown, in a line."""

from __future__ import annotations

from pytimer.serving.result import Ending, LoadPoint, LoadResult
from pytimer.serving.verdict import Answer
from pytimer.units import duration, significant


def name_of(rate_per_s: float | None) -> str:
    return "paced" if rate_per_s is None else f"{significant(rate_per_s)} requests/s"


def outcome_of(result: LoadResult, point: LoadPoint) -> str:
    """The verdict in a word or two; a dash where there is none."""
    if point.ending is Ending.INTERRUPTED:
        return "interrupted"
    if point.is_overload:
        return "overload"
    verdict = result.verdict(point)
    if verdict is None:
        return "–"
    if verdict.answer is Answer.UNDECIDED:
        return "undecided" if verdict.needs is None else f"needs {verdict.needs} more"
    return verdict.answer.upper()


def shown_of(result: LoadResult, point: LoadPoint) -> str:
    """What the rate has shown."""
    p = result.plan.percentile
    latency_s = point.latency_s(p)
    shown = f"n = {len(point.requests)}"
    if latency_s is not None:
        shown = f"p{p * 100:g} {duration(latency_s)}, {shown}"
    return f"{shown}, {outcome_of(result, point)}"


def line_of(result: LoadResult, point: LoadPoint) -> str:
    return f"{name_of(point.rate_per_s)}: {shown_of(result, point)}"
