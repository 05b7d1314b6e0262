"""A comparison of stored results."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from pytimer.comparing.result import ComparedMetric, CompareResult
from pytimer.report.comparison import bound, comparison_facts, conclusion
from pytimer.report.document import Bar, Bars, Column, Figure, Landmark, Quantity, Section, Table
from pytimer.report.reading.common import interval_columns

_QUANTITIES = {"s": Quantity.SECONDS, "items/s": Quantity.RATE, "items": Quantity.COUNT}
_RATIO = (
    Column("new ÷ base", "ratio", Quantity.FACTOR),
    *interval_columns("ratio{}", Quantity.FACTOR),
    Column("verdict", "verdict"),
)


def headline_of_comparison(result: CompareResult) -> tuple[tuple[str, str], ...]:
    first = result.metrics[0]
    change = f"{first.ratio - 1:+.2%}: {first.change.verdict}"
    return (("conclusion", conclusion(result)), (first.name, change))


def comparison_section(result: CompareResult) -> Section:
    by_unit = groupby(sorted(result.metrics, key=_order), key=_order)
    return Section(
        "Comparison",
        f"a regression is worse by more than {bound(result)}",
        tables=tuple(_table(tuple(metrics)) for _, metrics in by_unit),
        figures=tuple(_ratios(result)),
        facts=tuple(comparison_facts(result)),
    )


def numbers(result: CompareResult) -> Table:
    """All figures in one table, each in its unit."""
    columns = (
        Column("figure", "figure"),
        Column("unit", "unit"),
        Column("base", "base", Quantity.FACTOR),
        Column("new", "new", Quantity.FACTOR),
        *_RATIO,
    )
    rows = ((one.name, one.unit, *_values(one)) for one in result.metrics)
    return Table("Figures of base and new", columns, tuple(rows))


def _order(metric: ComparedMetric) -> int:
    return list(_QUANTITIES).index(metric.unit)


def _table(metrics: tuple[ComparedMetric, ...]) -> Table:
    unit = metrics[0].unit
    key = {"s": "_s", "items/s": "_items_per_s", "items": ""}[unit]
    columns = (
        Column("figure", "figure"),
        Column("base", f"base{key}", _QUANTITIES[unit]),
        Column("new", f"new{key}", _QUANTITIES[unit]),
        *_RATIO,
    )
    caption = {"s": "Times", "items/s": "Items per second", "items": "Batch sizes"}[unit]
    return Table(caption, columns, tuple((one.name, *_values(one)) for one in metrics))


def _values(metric: ComparedMetric) -> tuple[float, float, float, float, float, str]:
    medians = (metric.base_median, metric.new_median)
    return (*medians, metric.ratio, *metric.interval, metric.change.verdict)


def _ratios(result: CompareResult) -> Iterator[Figure]:
    bars = tuple(Bar(one.name, one.ratio, one.interval) for one in result.metrics)
    known = ", ".join(f"{bar.name} {bar.value:.3f}" for bar in bars)
    text = f"New ÷ base with its 95 % interval: {known}."
    yield Bars("New ÷ base", text, bars, "ratio", (Landmark("equal", 1.0),))
