"""Batch size, sweep and throughput."""

from __future__ import annotations

from collections.abc import Iterator

from pytimer.batch_size import BatchSizeResult
from pytimer.curve import SweepPoint, SweepResult
from pytimer.report.batch_size import LIMITS, answers
from pytimer.report.document import (
    Bar,
    Bars,
    Column,
    Curve,
    Figure,
    Landmark,
    Quantity,
    Section,
    Table,
    Value,
    Window,
)
from pytimer.report.layout import compilation, rate
from pytimer.report.reading.common import (
    bounds_or_blank,
    interval_columns,
    seconds,
    series_of,
)
from pytimer.report.reading.latency import figures_of
from pytimer.throughput import ThroughputResult
from pytimer.units import duration, mebibytes

_SIZE = Column("batch size", "batch_size", Quantity.COUNT)
_RATE = Column("items/s", "items_per_s", Quantity.RATE)
_RATE_INTERVAL = interval_columns("items_per_s{}", Quantity.RATE)


def headline_of_batch_size(result: BatchSizeResult) -> tuple[tuple[str, str], ...]:
    return (
        ("largest batch size", str(result.max_batch_size)),
        ("limit", LIMITS[result.limit]),
    )


def batch_size_section(result: BatchSizeResult) -> Section:
    limit = result.memory_limit_bytes
    within = "" if limit is None else f", within {mebibytes(limit)} MiB"
    where = " in a worker process" if any(probe.in_worker for probe in result.probes) else ""
    facts = [f"largest: {result.max_batch_size}, {LIMITS[result.limit]}"]
    if result.batch_size != result.max_batch_size:
        facts.append(f"with a margin of {result.plan.margin:.3g}: {result.batch_size}")
    return Section(
        "Batch size",
        f"{result.plan.strategy} search{where}{within}",
        tables=(probes_table(result),),
        facts=tuple(facts),
    )


def probes_table(result: BatchSizeResult) -> Table:
    rows = tuple(
        (
            probe.batch_size,
            "fits" if probe.failure is None else f"too large ({probe.failure})",
            "yes" if probe.afresh else "no",
            probe.peak_bytes,
            probe.probe_s,
            probe.predicted,
        )
        for probe in result.probes
    )
    columns = (
        _SIZE,
        Column("verdict", "verdict"),
        Column("confirmation", "confirmation"),
        Column("peak", "peak_bytes", Quantity.BYTES),
        seconds("took", "probe"),
        Column("predicted limit", "predicted_batch_size", Quantity.COUNT),
    )
    return Table("Batch sizes that were tried", columns, rows)


def headline_of_sweep(result: SweepResult) -> tuple[tuple[str, str], ...]:
    if not result.measured:
        return ()
    fastest, knee = result.fastest, result.knee
    return (
        ("fastest", f"{rate(fastest.items_per_s)} at batch size {fastest.batch_size}"),
        ("knee", f"{rate(knee.items_per_s)} at batch size {knee.batch_size}"),
    )


def sweep_section(result: SweepResult) -> Section:
    plan = result.plan
    facts = [line.plain for line in answers(result)] if result.measured else []
    if not result.points:
        facts = ["interrupted before a size was measured"]
    return Section(
        "Sweep",
        f"latency isolated, rate pipelined, {plan.rounds} rounds over all sizes, {plan.loop} loop",
        tables=(sweep_table(result),),
        figures=tuple(_curves(result)),
        facts=tuple(facts),
        series=tuple(
            series_of(f"isolated/batch_size:{point.batch_size}", point.latency)
            for point in result.points
            if point.latency is not None
        ),
        windows=tuple(
            Window(
                f"pipelined/batch_size:{point.batch_size}",
                point.batch_size,
                block.calls,
                block.window_s,
            )
            for point in result.measured
            for block in point.blocks
        ),
    )


def sweep_table(result: SweepResult) -> Table:
    p = result.plan.percentile
    name = f"p{p * 100:g}"
    columns = (
        _SIZE,
        Column("verdict", "verdict"),
        seconds("median", "median"),
        seconds(name, name),
        _RATE,
        *_RATE_INTERVAL,
        Column("peak", "peak_bytes", Quantity.BYTES),
    )
    return Table("Batch sizes", columns, tuple(_sweep_row(point, p) for point in result.points))


def _sweep_row(point: SweepPoint, p: float) -> tuple[Value, ...]:
    return (
        point.batch_size,
        "fits" if point.probe.fitted else "too large",
        point.latency_s(0.5),
        point.latency_s(p),
        point.items_per_s,
        *bounds_or_blank(point.items_per_s_interval),
        point.probe.peak_bytes,
    )


def _curves(result: SweepResult) -> Iterator[Figure]:
    measured = result.measured
    if not measured:
        return
    marks = [
        Landmark("knee", result.knee.batch_size),
        Landmark("fastest", result.fastest.batch_size),
    ]
    if result.max_batch_size is not None:
        marks.append(Landmark("limit", result.max_batch_size))
    rates = tuple(
        Bar(str(point.batch_size), point.items_per_s, point.items_per_s_interval)
        for point in measured
        if point.items_per_s is not None
    )
    text = "; ".join(f"{rate(bar.value)} at batch size {bar.name}" for bar in rates)
    yield Curve("Rate over batch sizes", f"{text}.", rates, tuple(marks), unit="items/s")
    p = result.plan.percentile
    bound = result.plan.max_latency_s
    times = [(point.batch_size, point.latency_s(p)) for point in measured]
    name = f"p{p * 100:g}"
    if any(value is None for _, value in times):
        name, times = "median", [(point.batch_size, point.latency_s(0.5)) for point in measured]
    points = tuple(Bar(str(size), value) for size, value in times if value is not None)
    text = "; ".join(f"{duration(bar.value)} at batch size {bar.name}" for bar in points)
    wanted = "" if bound is None else f" It should be at most {duration(bound)}."
    best = result.best_within
    chosen = () if best is None else (Landmark("fastest within the bound", best.batch_size),)
    yield Curve(f"Latency ({name}) over batch sizes", f"{text}.{wanted}", points, chosen, bound)


def headline_of_throughput(result: ThroughputResult) -> tuple[tuple[str, str], ...]:
    return (("throughput", f"{rate(result.items_per_s)} at batch size {result.batch_size}"),)


def throughput_section(result: ThroughputResult) -> Section:
    plan = result.plan
    threads = f", {plan.concurrency} threads" if plan.concurrency > 1 else ""
    facts = []
    if result.compile_s is not None:
        facts.append(compilation(result.compile_s))
    if result.copied_bytes is not None:
        facts.append(
            f"includes copying {mebibytes(result.copied_bytes)} MiB to the device for each call, "
            "from pinned memory, while the call before computes"
        )
    if result.speed_up is not None:
        facts.append(f"{result.speed_up:.2f} times the work of one thread alone")
    name = f"throughput/batch_size:{result.batch_size}"
    series = series_of(name, result.samples, warm_up=result.warm_up)
    return Section(
        "Throughput",
        f"batch size {result.batch_size}, {plan.batches} batches, pipelined{threads}, "
        f"{plan.loop} loop",
        tables=(_throughput_table(result),),
        figures=(*_rates_figure(result), *figures_of(series, series.values_s)),
        facts=tuple(facts),
        series=(series,),
        windows=(
            Window(name, result.batch_size, len(result.samples), result.window_s, plan.concurrency),
        ),
    )


def _throughput_table(result: ThroughputResult) -> Table:
    on_device = result.samples.clock == "device"
    sum_of = "event times (the article's formula)" if on_device else "host times"
    interval = bounds_or_blank(result.items_per_s_interval)
    rows: list[tuple[Value, ...]] = [("one wall window", result.items_per_s, *interval)]
    if result.plan.concurrency == 1:
        rows.append((f"sum of {sum_of}", result.event_items_per_s, None, None))
    return Table("Throughput", (Column("from", "from"), _RATE, *_RATE_INTERVAL), tuple(rows))


def _rates_figure(result: ThroughputResult) -> Iterator[Figure]:
    if result.plan.concurrency > 1:
        return
    bars = (
        Bar("one wall window", result.items_per_s, result.items_per_s_interval),
        Bar("sum of times", result.event_items_per_s),
    )
    text = "; ".join(f"{bar.name}: {rate(bar.value)}" for bar in bars)
    yield Bars("Throughput, two ways", f"{text}.", bars, "items/s")
