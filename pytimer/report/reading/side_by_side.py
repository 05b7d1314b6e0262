"""Two models in pairs; two loops in rounds."""

from __future__ import annotations

import numpy as np

from pytimer import statistics
from pytimer.overhead import LoopFigures, LoopsResult
from pytimer.pairs import ABResult
from pytimer.report.bins import has_spread
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
    Value,
)
from pytimer.report.layout import over_rounds
from pytimer.report.pairs import difference
from pytimer.report.reading.common import (
    bounds_or_blank,
    duration_or_dash,
    interval_columns,
    seconds,
    series_of,
)
from pytimer.report.reading.latency import figures_of
from pytimer.samples import FloatArray
from pytimer.units import duration


def headline_of_pairs(result: ABResult) -> tuple[tuple[str, str], ...]:
    a, b = (
        statistics.percentile(samples.latency_s, 0.5)
        for samples in (result.samples_a, result.samples_b)
    )
    return (
        ("B is", f"{result.comparison.verdict} ({result.comparison.ratio - 1:+.2%})"),
        ("median of A", duration_or_dash(a)),
        ("median of B", duration_or_dash(b)),
    )


def pairs_section(result: ABResult) -> Section:
    both = (
        series_of("A", result.samples_a),
        series_of("B", result.samples_b),
    )
    rows = tuple(
        (label, *(statistics.percentile(series.values_s, p) for series in both))
        for label, p in (("median", 0.5), ("p90", 0.9), ("p99", 0.99), ("min", 0.0), ("max", 1.0))
    )
    ratios = result.samples_b.latency_s / result.samples_a.latency_s
    return Section(
        "A/B",
        f"{len(ratios)} pairs, isolated, in random order (seed {result.plan.seed})",
        tables=(
            Table(
                "Latency of A and B",
                (Column("statistic", "statistic"), seconds("A", "a"), seconds("B", "b")),
                rows,
            ),
        ),
        figures=(
            *_ratios(ratios, result),
            *(figure for series in both for figure in figures_of(series, series.values_s)),
        ),
        facts=(
            f"A: {result.a.model}, {result.a.call}",
            f"B: {result.b.model}, {result.b.call}",
            f"{difference(result)}: {result.comparison.verdict}",
        ),
        series=both,
    )


def _ratios(ratios: FloatArray, result: ABResult) -> tuple[Figure, ...]:
    if not has_spread(ratios):
        return ()
    marks = (Landmark("equal", 1.0), Landmark("median", result.comparison.ratio))
    text = f"{len(ratios)} pairs; {difference(result)}."
    return (Histogram("How much longer B takes: B ÷ A", text, ratios, marks, "ratio"),)


def headline_of_loops(result: LoopsResult) -> tuple[tuple[str, str], ...]:
    saved = duration(float(np.median(result.saved_s)))
    verdict = () if result.verdict is None else (("the choice of the loop", result.verdict),)
    return (("saved by the native loop", f"{saved} a repetition"), *verdict)


def loops_section(result: LoopsResult) -> Section:
    bars = tuple(
        Bar(f"{name} loop", *_over_rounds(loop.harness_s)) for name, loop in result.loops.items()
    )
    text = "; ".join(f"{bar.name} {duration(bar.value)}" for bar in bars)
    low, high = interval_columns("harness{}_s", Quantity.SECONDS)
    columns = (
        Column("loop", "loop"),
        seconds("harness", "harness"),
        low,
        high,
        seconds("reads host time", "empty_host"),
        seconds("reads device time", "empty_device"),
    )
    rows: list[tuple[Value, ...]] = [
        (name, *_cells(loop.harness_s), _median(loop.empty_host_s), _median(loop.empty_device_s))
        for name, loop in result.loops.items()
    ]
    rows.append(("saved", *_cells(result.saved_s), None, None))
    return Section(
        "Overhead",
        f"of the loops, interleaved, {len(result.saved_s)} rounds",
        tables=(
            Table("A function that does nothing", columns, tuple(rows)),
            *_model_tables(result),
        ),
        figures=(Bars("What a repetition costs beside the call", f"Medians: {text}.", bars),),
        facts=tuple(_loop_facts(result)),
        series=tuple(_loop_series(name, loop) for name, loop in result.loops.items()),
    )


def _loop_series(name: str, loop: LoopFigures) -> Series:
    columns = {
        "harness_s": loop.harness_s,
        "empty_host_s": loop.empty_host_s,
        "empty_device_s": loop.empty_device_s,
        "latency_s": loop.latency_s,
    }
    known = {key: column for key, column in columns.items() if column is not None}
    return Series(f"{name} loop", known, "harness_s" if loop.latency_s is None else "latency_s")


def _model_tables(result: LoopsResult) -> tuple[Table, ...]:
    if result.native.latency_s is None:
        return ()
    low, high = interval_columns("median{}_s", Quantity.SECONDS)
    columns = (Column("loop", "loop"), seconds("median", "median"), low, high)
    rows = tuple(
        (name, *_cells(loop.latency_s))
        for name, loop in result.loops.items()
        if loop.latency_s is not None
    )
    return (Table("Latency of the model, by loop", columns, rows),)


def _loop_facts(result: LoopsResult) -> list[str]:
    facts = []
    for name, loop in result.loops.items():
        if loop.share is not None:
            share, interval = over_rounds(loop.share, 100, digits=2)
            facts.append(f"the {name} loop's harness is {share} % of it ({interval})")
    if result.ratios is not None:
        ratio, interval = over_rounds(result.ratios, 1)
        facts.append(
            f"python loop ÷ native loop: {ratio} ({interval}): "
            f"the choice of the loop {result.verdict}"
        )
    return facts


def _median(x: FloatArray | None) -> float | None:
    return None if x is None else float(np.median(x))


def _over_rounds(x: FloatArray) -> tuple[float, tuple[float, float] | None]:
    return float(np.median(x)), statistics.percentile_interval(x).bounds


def _cells(x: FloatArray) -> tuple[Value, ...]:
    middle, interval = _over_rounds(x)
    return middle, *bounds_or_blank(interval)
