"""Batch size, sweep and throughput."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from pytimer.batch_size import BatchSizeResult
from pytimer.curve import SweepPoint, SweepResult
from pytimer.report.layout import (
    between,
    compilation,
    heading,
    indented,
    new_table,
    percentile,
    rate,
)
from pytimer.report.work import show_work
from pytimer.throughput import ThroughputResult
from pytimer.units import Unit, duration, mebibytes, significant, unit_for

LIMITS = {
    "memory": "a larger one does not fit into memory",
    "index": "a larger one exceeds an index or the launch grid",
    "died": "a larger one ends the process",
    "cap": "the largest that was allowed",
    "time": "the time was up",
    "interrupted": "the search was interrupted",
}


def show_batch_size(result: BatchSizeResult, console: Console) -> None:
    limit = result.memory_limit_bytes
    within = f", within {mebibytes(limit)} MiB" if limit is not None else ""
    where = " in a worker process" if any(probe.in_worker for probe in result.probes) else ""
    console.print(heading("Batch size", f"{result.plan.strategy} search{where}{within}"))
    table = new_table("size", "verdict", "peak [MiB]", "took [s]", "predicted limit")
    table.columns[1].justify = "left"
    for probe in result.probes:
        verdict = "fits" if probe.failure is None else f"too large ({probe.failure})"
        table.add_row(
            str(probe.batch_size),
            f"{verdict}, confirmed" if probe.afresh else verdict,
            mebibytes(probe.peak_bytes),
            f"{probe.probe_s:.2f}",
            "–" if probe.predicted is None else str(probe.predicted),
        )
    console.print(indented(table))
    largest = Text.assemble("  largest: ", (str(result.max_batch_size), "bold"))
    console.print(largest.append(f", {LIMITS[result.limit]}"))
    if result.batch_size != result.max_batch_size:
        console.print(f"  with a margin of {result.plan.margin:.3g}: {result.batch_size}")


def show_sweep(result: SweepResult, console: Console) -> None:
    how = f"latency isolated, rate pipelined, {result.plan.rounds} rounds over all sizes"
    console.print(heading("Sweep", f"{how}, {result.plan.loop} loop"))
    if not result.points:
        console.print("  interrupted before a size was measured")
        return
    measured = result.measured
    unit = unit_for(measured[0].latency_s(0.5) if measured else None)
    p = result.plan.percentile
    columns = (f"median [{unit.name}]", f"p{p * 100:g} [{unit.name}]")
    table = new_table("size", *columns, "items/s", "95 % interval")
    for point in result.points:
        table.add_row(str(point.batch_size), *_sweep_row(unit, point, p))
    console.print(indented(table))
    console.print()
    _show_memory(result, console)
    if measured:
        for line in answers(result):
            console.print(Text("  ").append_text(line), soft_wrap=True)


def _sweep_row(unit: Unit, point: SweepPoint, p: float) -> Iterator[Text]:
    if not point.probe.fitted:
        yield Text("too large", "bright_black")
        return
    yield Text(unit.show(point.latency_s(0.5)))
    samples = point.latency
    yield Text("–") if samples is None else percentile(unit, samples.latency_s, p)
    rate, interval = point.items_per_s, point.items_per_s_interval
    yield Text("–" if rate is None else significant(rate))
    yield Text("–" if interval is None else between(interval))


def _show_memory(result: SweepResult, console: Console) -> None:
    rows = [(point.batch_size, point.probe.memory) for point in result.points]
    names = ("allocated", "reserved", "process", "device")
    known = [n for n in names if any(getattr(m, f"{n}_bytes") is not None for _, m in rows)]
    table = new_table("size", *(f"{name} [MiB]" for name in known))
    for size, memory in rows:
        table.add_row(str(size), *(mebibytes(getattr(memory, f"{n}_bytes")) for n in known))
    if known:
        console.print(indented(table))


def answers(result: SweepResult) -> Iterator[Text]:
    """What the curve says, a line each. There is a measured size."""
    if result.search is not None:
        limit = result.search.limit
        name = "memory limit" if limit == "memory" else "largest"
        yield _answer(name, result.search.max_batch_size, LIMITS[limit])
    fastest, knee, largest = result.fastest, result.knee, result.largest
    yield _answer("fastest", fastest.batch_size, rate(fastest.items_per_s))
    doubt = ""
    if result.knee_in_doubt:
        doubt = f"; by the intervals it may be {', '.join(map(str, result.knee_in_doubt))}"
    why = f"{rate(knee.items_per_s)}: the smallest within 5 % of the fastest{doubt}"
    yield _answer("knee", knee.batch_size, why)
    bound = result.plan.max_latency_s
    if bound is not None:
        name = f"fastest with p{result.plan.percentile * 100:g} ≤ {duration(bound)}"
        best = result.best_within
        if best is None:
            yield Text(f"{name}: none of the sizes")
        else:
            p = best.latency_s(result.plan.percentile)
            yield _answer(
                name, best.batch_size, f"{rate(best.items_per_s)} at {duration(p or 0.0)}"
            )
    if largest is not fastest:
        ratio, interval = largest.rate_over(fastest)
        if interval is not None and interval[1] < 1:
            yield Text(
                "the largest batch is not the fastest: "
                f"{rate(largest.items_per_s)} at {largest.batch_size}, "
                f"{rate(fastest.items_per_s)} at {fastest.batch_size} ({ratio - 1:+.1%})"
            )


def _answer(name: str, batch_size: int, why: str) -> Text:
    return Text.assemble(f"{name}: ", (str(batch_size), "bold"), f", {why}")


def show_throughput(result: ThroughputResult, console: Console) -> None:
    plan = result.plan
    threads = f", {plan.concurrency} threads" if plan.concurrency > 1 else ""
    how = f"batch size {result.batch_size}, {plan.batches} batches, pipelined{threads}"
    console.print(heading("Throughput", f"{how}, {plan.loop} loop"))
    on_device = result.samples.clock == "device"
    sum_of = "event times (the article's formula)" if on_device else "host times"
    interval = result.items_per_s_interval
    table = new_table("", "items/s", "95 % interval")
    headline = Text(significant(result.items_per_s), "bold")
    table.add_row("one wall window", headline, "" if interval is None else between(interval))
    if plan.concurrency == 1:  # the times of several threads overlap: their sum is no time
        table.add_row(f"sum of {sum_of}", significant(result.event_items_per_s), "")
    console.print(indented(table))
    if result.compile_s is not None:
        console.print(f"  {compilation(result.compile_s)}", soft_wrap=True)
    if result.copied_bytes is not None:
        console.print(
            f"  includes copying {mebibytes(result.copied_bytes)} MiB to the device for each call, "
            "from pinned memory, while the call before computes",
            soft_wrap=True,
        )
    if result.speed_up is not None:
        console.print(f"  {result.speed_up:.2f} times the work of one thread alone")
    show_work(result, console)
