"""What is wrong with rates: items counted wrong, means of rates, waiting for every call."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from itertools import combinations
from math import prod

from pytimer.source_audit.walk import names
from pytimer.source_audit.walk.machine import regions_of
from pytimer.source_audit.walk.trace import Clock, Kind, Region, Trace
from pytimer.source_audit.walk.values import Constant, Rate, Value

Place = tuple[str, int, str]


def means_of_rates(trace: Trace) -> Iterator[Place]:
    for rate, line in trace.means_of_rates:
        if not _holds_many_calls(trace, rate.duration.region):
            yield "mean-of-rates", line, ""


def _holds_many_calls(trace: Trace, region: Region) -> bool:
    outside = set(trace.actions[region.start].loops)
    return any(
        loop not in outside
        for action in trace.inside(region)
        if action.kind is Kind.WORK
        for loop in action.loops
    )


def waits_per_call(trace: Trace, region: Region) -> Iterator[Place]:
    """Waits in the same loop as the calls, where only the whole is timed, and as a rate."""
    if region.clock is not Clock.HOST or not region.rated:
        return
    if any(rate.duration.summed and region in regions_of(rate) for rate in trace.rates):
        yield from _waits_in_sum(trace, region)
        return
    outside = set(trace.actions[region.start].loops)
    inside = trace.inside(region)
    if any(
        other.reported and region.start < other.start and other.stop < region.stop
        for other in trace.regions
    ):
        return
    looped = {action.loops[-1] for action in inside if action.kind is Kind.WORK and action.loops}
    for action in inside:
        if action.kind is Kind.WAIT and action.loops and action.loops[-1] in looped - outside:
            yield "sync-per-call-throughput", action.line, ""


def _waits_in_sum(trace: Trace, region: Region) -> Iterator[Place]:
    """The wait of each call, where the sum of latencies is said to give a throughput."""
    if _holds_many_calls(trace, region) or not names.THROUGHPUT.search(" ".join(region.labels)):
        return
    waits = [action for action in trace.inside(region) if action.kind is Kind.WAIT]
    if waits:
        yield "sync-per-call-throughput", waits[-1].line, "the sum of latencies is no wall time"


def batch_size_mismatches(trace: Trace) -> Iterator[Place]:
    for rate in trace.rates:
        sized = _batch_size(trace, rate)
        if sized is None:
            continue
        size = sized.constant if isinstance(sized, Constant) else None
        if size is None and any(_is_another_size(*factor, sized) for factor in rate.factors):
            yield (
                "batch-size-mismatch",
                rate.line,
                "the input's size changes, this one does not",
            )
        if isinstance(size, int) and not _agree(trace, rate, size):
            yield "batch-size-mismatch", rate.line, f"the input has {size} items"


def _is_another_size(node: ast.expr, value: Value, sized: Value) -> bool:
    """Whether a factor is called a batch size, and stays while that of the input changes."""
    name = getattr(node, "attr", None) or getattr(node, "id", None) or ""
    is_size = names.BATCH_NAME.fullmatch(str(name)) is not None
    return is_size and isinstance(value, Constant) and bool(sized.varies - value.varies)


def _batch_size(trace: Trace, rate: Rate) -> Value | None:
    for action in trace.inside(rate.duration.region):
        if action.kind is Kind.WORK and action.sizes:
            return action.sizes[0]
    return None


def _numbers(values: Iterable[Value]) -> list[int]:
    """Those that are known to be whole numbers."""
    known = (value.constant for value in values if isinstance(value, Constant))
    return [number for number in known if isinstance(number, int)]


def _agree(trace: Trace, rate: Rate, size: int) -> bool:
    """Whether the numerator can be a count of items, calls or parts of items."""
    counted = prod(_numbers(value for _, value in rate.factors))
    if counted in (0, 1):
        return True
    inside = [a for a in trace.inside(rate.duration.region) if a.kind is Kind.WORK]
    counts = [loop.count for a in inside for loop in a.loops if loop.count is not None]
    dims = [size for a in inside for size in _numbers(a.sizes[1:])]
    parts = list(dict.fromkeys(counts))[:4] + dims[:4] + [1000, 10**6]
    products = {prod(some) for n in range(len(parts) + 1) for some in combinations(parts, n)}
    if counted in products | {size * product for product in products}:
        return True
    return (
        names.PER_SECOND.search(" ".join(rate.duration.region.labels)) is None and counted > 10**5
    )
