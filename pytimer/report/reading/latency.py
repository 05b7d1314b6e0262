"""Latency, in one mode and in all."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pytimer import statistics
from pytimer.latency import LatencyResult
from pytimer.modes import ModesResult, mode_name
from pytimer.plan import Cache
from pytimer.report.bins import has_spread, shown_range
from pytimer.report.document import (
    Bar,
    Bars,
    Column,
    Figure,
    Histogram,
    Landmark,
    Quantity,
    Section,
    Series,
    Table,
    Timeline,
    Value,
)
from pytimer.report.latency import column_of, latency_columns, latency_facts
from pytimer.report.reading.common import (
    bounds_or_blank,
    duration_or_dash,
    interval_columns,
    seconds,
    series_of,
)
from pytimer.samples import FloatArray
from pytimer.units import duration

_PERCENTILES = (("median", 0.5), ("p90", 0.9), ("p99", 0.99))


def headline_of_latency(result: LatencyResult) -> tuple[tuple[str, str], ...]:
    spread = f" ± {duration(result.std_s)}" if result.std_s is not None else ""
    mean = ("mean latency", f"{duration_or_dash(result.mean_s)}{spread}")
    if result.samples.block > 1:
        kept = f"{len(result.samples)} {result.samples.words}"
        return mean, ("percentiles", "not of single calls: " + result.samples.words), ("kept", kept)
    p99 = result.percentile_s(0.99)
    return (
        mean,
        ("median", duration_or_dash(result.median_s)),
        ("p99", "needs n ≥ 100" if p99 is None else duration(p99)),
        ("samples", str(len(result.samples))),
    )


def latency_section(result: LatencyResult) -> Section:
    plan = result.plan
    mode = mode_name(result.plan)
    cache = ", cache cold" if plan.cache is Cache.COLD else ""
    count = result.samples.calls
    cut = 0 if result.judgement is None else result.judgement.cut
    series = series_of(mode, result.samples, warm_up=result.warm_up, cut=cut)
    return Section(
        title=f"Latency, {mode}",
        how=f"{plan.loop} loop{cache}, {count} repetitions after {plan.warm_up} warm-up calls",
        tables=(_table(result, mode),),
        figures=tuple(figures_of(series, result.kept_s)),
        facts=tuple(latency_facts(result)),
        series=(series,),
    )


def figures_of(series: Series, kept_s: FloatArray) -> Iterator[Figure]:
    """How the times are spread and how they follow each other; `kept_s`: without the warm-up."""
    if has_spread(kept_s):
        yield _histogram(series, kept_s)
    if len(series.values_s) > 1:
        yield _timeline(series)


def _histogram(series: Series, x: FloatArray) -> Histogram:
    found = [(label, statistics.percentile(x, p)) for label, p in _PERCENTILES]
    marks = tuple(Landmark(label, at) for label, at in found if at is not None)
    low, high = shown_range(x)
    outside = int(np.count_nonzero((x < low) | (x > high)))
    known = ", ".join(f"{mark.name} {duration(mark.at)}" for mark in marks)
    beyond = f" Outside of what is shown: {outside}." if outside else ""
    text = f"{len(x)} {series.entries} from {duration(low)} to {duration(high)}; {known}.{beyond}"
    what = "latencies" if series.calls is None else series.entries
    return Histogram(f"How the {what} are spread, {series.name}", text, x, marks)


def _timeline(series: Series) -> Timeline:
    values_s = series.values_s
    is_judged = series.calls is None and np.all(values_s > 0)
    found = statistics.flags(values_s) if is_judged else ()
    marks = [Landmark(flag.name, flag.position) for flag in found if flag.position is not None]
    sentences = [
        f"{len(values_s)} {series.entries} in the order in which they were taken"
        + (f", behind {len(series.warm_up)} warm-up calls." if len(series.warm_up) else ".")
    ]
    if series.cut:
        sentences.append(f"The first {series.cut} were found to be warm-up.")
    if len(series.rounds) > 1:
        sentences.append(f"{len(series.rounds)} rounds.")
    pauses = len(set(series.pauses) - {0})
    if pauses:
        sentences.append("The loop paused once." if pauses == 1 else f"It paused {pauses} times.")
    if found:
        sentences.append(f"Unusual: {', '.join(flag.name for flag in found)}.")
    return Timeline(f"Latency over time, {series.name}", " ".join(sentences), series, tuple(marks))


def _table(result: LatencyResult, mode: str) -> Table:
    columns = dict(latency_columns(result))
    headline, *others = columns
    low, high = interval_columns("latency{}_s", Quantity.SECONDS)
    return Table(
        f"Latency, {mode}: statistics",
        (
            Column("statistic", "statistic"),
            seconds(headline, _key(headline)),
            low,
            high,
            *(seconds(name, _key(name)) for name in others),
        ),
        tuple(_rows(result, list(columns.values()))),
    )


def _key(name: str) -> str:
    return name.removesuffix(" time")


def _rows(result: LatencyResult, columns: list[FloatArray]) -> Iterator[tuple[Value, ...]]:
    has_blocks = result.samples.block > 1
    names = [column_of(name) for name, _ in latency_columns(result)]
    first, *rest = map(result.mean_of, names)
    bounds = result.mean_interval_s().bounds if has_blocks else None
    yield "mean", first, *bounds_or_blank(bounds), *rest
    first, *rest = map(result.std_of, names)
    yield "std", first, None, None, *rest
    of = " of blocks" if has_blocks else ""
    kept = slice(len(result.latency_s) - len(result.kept_s), None)
    for label, p in _PERCENTILES:
        shown = [_percentile(x[kept], p) for x in columns]
        yield f"{label}{of}", shown[0], *_interval(result, p), *shown[1:]
    for label, p in (("min", 0.0), ("max", 1.0)):
        first, *rest = (statistics.percentile(x, p) for x in columns)
        yield f"{label}{of}", first, None, None, *rest


def _percentile(x: FloatArray, p: float) -> Value:
    value = statistics.percentile(x, p)
    return f"needs n ≥ {statistics.least_samples(p)}" if value is None else value


def _interval(result: LatencyResult, p: float) -> tuple[Value, Value]:
    found = result.percentile_interval_s(p)
    if found.needs is not None:
        return f"needs n ≥ {found.needs}", None
    return found.low_s, found.high_s


def modes_section(modes: ModesResult) -> Section:
    plan = modes.results[0].plan
    columns = ("device time", "enqueue time", "host time", "window ÷ calls")
    rows = tuple(
        (mode_name(result.plan), *_medians(result), result.window_call_s)
        for result in modes.results
    )
    bars = tuple(
        Bar(mode_name(result.plan), result.median_s)
        for result in modes.results
        if result.median_s is not None
    )
    text = ", ".join(f"{bar.name} {duration(bar.value)}" for bar in bars)
    keys = ("device", "enqueue", "host", "window_call")
    return Section(
        "Modes",
        f"{plan.repetitions} repetitions each, cache {plan.cache}, medians",
        tables=(
            Table(
                "Medians of the modes",
                (
                    Column("mode", "mode"),
                    *(seconds(*pair) for pair in zip(columns, keys, strict=True)),
                ),
                rows,
            ),
        ),
        figures=(Bars("Median latency in each mode", f"Medians: {text}.", bars),),
        facts=tuple(f"{gone.mode}: not measured: {gone.reason}" for gone in modes.missing),
    )


def _medians(result: LatencyResult) -> Iterator[float | None]:
    columns = dict(latency_columns(result))
    for name in ("device time", "enqueue time", "host time"):
        yield statistics.percentile(columns[name], 0.5) if name in columns else None
