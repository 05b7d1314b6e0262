"""What a call computes, at what rate, and the energy it takes."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from pytimer.latency import LatencyResult
from pytimer.report.layout import heading
from pytimer.throughput import ThroughputResult
from pytimer.units import duration, prefixed, significant
from pytimer.work import Energy, Flop, NotAvailable, Peak, Work

HOW = "FLOP, not MAC: a multiply-add is 2"

_ELSEWHERE = {
    "call": "",
    "eager": ", counted on the model called eagerly",
    "reference": ", counted on its reference",
}


def show_work(
    result: LatencyResult | ThroughputResult, console: Console, *, mode: str | None = None
) -> None:
    """Prints the block; nothing for a result without one.

    Args:
        mode: said where there are others beside it.
    """
    lines = work_facts(result)
    if not lines:
        return
    console.print()
    console.print(heading("Work", HOW if mode is None else f"{mode}; {HOW}"))
    for line in lines:
        console.print(Text(f"  {line}"), soft_wrap=True)


def work_facts(result: LatencyResult | ThroughputResult) -> tuple[str, ...]:
    """A sentence each; none for a result without work. Of a throughput also for one item."""
    if result.work is None:
        return ()
    if isinstance(result, LatencyResult):
        return tuple(_lines(result.work, result.median_s, "FLOP ÷ median", None))
    call_s = result.window_s / len(result.samples)
    return tuple(_lines(result.work, call_s, "FLOP × calls ÷ window", result.batch_size))


def _lines(work: Work, call_s: float | None, formula: str, batch_size: int | None) -> Iterator[str]:
    yield f"one call: {_count(work.flop, batch_size)}"
    rate = work.flop_per_s(call_s)
    if rate is not None:
        yield f"achieved: {prefixed(rate, 'FLOP/s')} ({formula})"
        yield f"utilisation: {_utilisation(work.peak, work.utilisation(call_s))}"
    yield f"energy: {_energy(work.energy, batch_size)}"


def _count(flop: Flop | NotAvailable, batch_size: int | None) -> str:
    if isinstance(flop, NotAvailable):
        return f"FLOP not available: {flop.reason}"
    least = "at least " if flop.uncounted else ""
    item = f", {prefixed(flop.total / batch_size, 'FLOP')} an item" if batch_size else ""
    text = f"{least}{prefixed(flop.total, 'FLOP')}{item}{_ELSEWHERE[flop.counted_on]}"
    if flop.uncounted:
        text += f"; torch has no formula for {', '.join(flop.uncounted)}"
    return text


def _utilisation(peak: Peak | NotAvailable, utilisation: float | None) -> str:
    if isinstance(peak, NotAvailable) or utilisation is None:
        return f"not available: {peak.reason if isinstance(peak, NotAvailable) else 'no rate'}"
    share = significant(100 * utilisation, 3)
    return f"{share} % of {prefixed(peak.flop_per_s, 'FLOP/s')} ({peak.source})"


def _energy(energy: Energy | NotAvailable, batch_size: int | None) -> str:
    if isinstance(energy, NotAvailable):
        return f"not available: {energy.reason}"
    each, of = energy.joules_per_call / (batch_size or 1), "an item" if batch_size else "a call"
    return (
        f"{prefixed(each, 'J')} {of} ± {energy.resolution:.1%}, {prefixed(energy.watts, 'W')} over "
        f"a window of {duration(energy.window_s)}; the whole device, other processes included"
    )
