"""Ranks that measured together."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from pytimer import statistics
from pytimer.latency import LatencyResult
from pytimer.ranks import RankResult, RanksResult
from pytimer.report.layout import between, heading, indented, new_table, title
from pytimer.throughput import ThroughputResult
from pytimer.units import duration, significant, unit_for


def show_ranks(result: RanksResult, console: Console) -> None:
    console.print(title(result.subject))
    console.print()
    console.print(heading("Ranks", how_of_ranks(result)))
    if result.ranks:
        _show_each(result, console)
    if isinstance(result.alone, ThroughputResult):
        _show_aggregate(result, result.alone, console)
    elif isinstance(result.alone, LatencyResult):
        alone = duration(result.alone.median_s or 0.0)
        console.print(f"  rank 0 alone, the others waiting: median {alone}")
    for line in ranks_facts(result):
        console.print(Text(f"  {line}"), soft_wrap=True)


def how_of_ranks(result: RanksResult) -> str:
    first, answered = result.first, len(result.ranks)
    who = f"{answered} of {result.world_size}" if result.missing else f"{answered} together"
    if isinstance(first, ThroughputResult):
        return f"{who}, batch size {first.batch_size}, {first.plan.batches} batches each, pipelined"
    return f"{who}, latency {first.plan.mode}, {first.plan.repetitions} repetitions each"


def _show_each(result: RanksResult, console: Console) -> None:
    is_rate = isinstance(result.first, ThroughputResult)
    unit = unit_for(
        result.first.samples.latency_s.mean() if is_rate else _median_s(result.ranks[0])
    )
    names = ("items/s",) if is_rate else (f"median [{unit.name}]", f"p99 [{unit.name}]")
    table = new_table("rank", "node", "device", *names, "began [ms]", "clock [µs]")
    for rank in result.ranks:
        measured = rank.measured
        if isinstance(measured, ThroughputResult):
            figures = [significant(measured.items_per_s)]
        else:
            figures = [unit.show(_median_s(rank)), unit.show(measured.percentile_s(0.99))]
        clock = f"{rank.clock.offset_s * 1e6:+.0f} ± {rank.clock.uncertainty_s * 1e6:.0f}"
        table.add_row(
            str(rank.rank),
            Text(rank.node),
            Text(measured.subject.device),
            *figures,
            f"{rank.opened_s * 1e3:+.3f}",
            clock,
        )
    console.print(indented(table))


def _median_s(rank: RankResult) -> float | None:
    return statistics.percentile(rank.measured.samples.latency_s, 0.5)


def _show_aggregate(result: RanksResult, alone: ThroughputResult, console: Console) -> None:
    table = new_table("", "items/s", "95 % interval")
    own = alone.items_per_s_interval
    table.add_row(
        "rank 0 alone", significant(alone.items_per_s), "" if own is None else between(own)
    )
    if result.items_per_s is not None:
        interval = result.items_per_s_interval
        table.add_row(
            "all, in the common window",
            Text(significant(result.items_per_s), "bold"),
            "" if interval is None else between(interval),
        )
    console.print(indented(table))


def ranks_facts(result: RanksResult) -> Iterator[str]:
    if result.efficiency is not None:
        yield f"scaling efficiency: {result.efficiency:.1%} of {result.world_size} × rank 0 alone"
    if result.window is not None and not result.missing:
        yield (
            f"common window: {duration(result.window.length_s)}, "
            f"clocks known to ±{duration(result.uncertainty_s)}"
        )
    if result.refusal is not None and isinstance(result.first, ThroughputResult):
        yield f"no aggregate: {result.refusal}"
    if not result.can_show_straggler:
        return
    straggler = result.straggler
    if straggler is None:
        yield "straggler: none seen"
    else:
        yield (
            f"straggler: rank {straggler.rank}, {straggler.ratio - 1:+.1%} time per call on the "
            f"others ({straggler.interval[0] - 1:+.1%} to {straggler.interval[1] - 1:+.1%})"
        )
