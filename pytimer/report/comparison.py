"""Two results compared."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from pytimer import statistics
from pytimer.comparing.result import ComparedMetric, CompareResult
from pytimer.report.layout import heading, indented, new_table, title
from pytimer.units import significant, unit_for

_STYLES = {
    "slower": "bold red",
    "smaller": "bold red",
    "faster": "bold green",
    "larger": "bold green",
}

HEADERS = ("", "base", "new", "change", "95 % interval", "verdict")


def show_comparison(result: CompareResult, console: Console) -> None:
    console.print(Text.assemble("base: ", title(result.base)))
    console.print(Text.assemble("new:  ", title(result.new)))
    console.print()
    console.print(heading("Comparison", f"a regression is worse by more than {bound(result)}"))
    table = new_table(*HEADERS)
    for metric in result.metrics:
        *cells, verdict = row(metric)
        table.add_row(*map(Text, cells), Text(verdict, _STYLES.get(verdict, "")))
    console.print(indented(table))
    for line in comparison_facts(result):
        console.print(Text(f"  {line}"), soft_wrap=True)
    console.print(Text(f"  {conclusion(result)}", "bold"), soft_wrap=True)


def conclusion(result: CompareResult) -> str:
    """In a line: the regressions, or what cannot be told, or that there is none."""
    if result.regressions:
        worse = ", ".join(metric.name for metric in result.regressions)
        return f"regression: worse by more than {bound(result)}: {worse}"
    if not result.undecided:
        return f"no regression: nothing is worse by more than {bound(result)}"
    needed = max(metric.change.needs or 0 for metric in result.undecided)
    remedy = f"measure both with --processes {needed}"
    if needed == statistics.MOST_PROCESSES:
        remedy = "processes differ too much on this machine for so small a bound"
    return (
        f"inconclusive: cannot tell whether {', '.join(one.name for one in result.undecided)} got "
        f"worse by more than {bound(result)}: {remedy}"
    )


def row(metric: ComparedMetric) -> tuple[str, ...]:
    low, high = metric.interval
    interval = "exact" if metric.unit == "items" else f"{low - 1:+.2%} to {high - 1:+.2%}"
    unit = unit_for(metric.base_median) if metric.unit == "s" else None
    scale, name = (1.0, metric.unit) if unit is None else (unit.per_second, unit.name)
    heads = f"{metric.name} [{name}]" if metric.unit != "items" else metric.name
    figures = (
        f"{value:.0f}" if metric.unit == "items" else significant(value * scale)
        for value in (metric.base_median, metric.new_median)
    )
    return (heads, *figures, f"{metric.ratio - 1:+.2%}", interval, metric.change.verdict)


def comparison_facts(result: CompareResult) -> Iterator[str]:
    counts = sorted({(len(metric.base), len(metric.new)) for metric in result.metrics})
    for base, new in counts:
        yield f"processes: {base} in base, {new} in new"
    yield from _of_few_processes(result)
    for needed in sorted({metric.change.needs or 0 for metric in result.metrics} - {0}):
        names = (metric.name for metric in result.metrics if metric.change.needs == needed)
        yield f"needs ≥ {needed} processes on each side: {', '.join(names)}"
    if result.unpaired:
        yield f"not comparable, or not on both sides: {', '.join(result.unpaired)}"
    for difference in result.differences:
        yield f"different: {difference}"


def _of_few_processes(result: CompareResult) -> Iterator[str]:
    """From what the intervals were made where the spread between processes is hardly known."""
    least = statistics.LEAST_PROCESSES
    few = [
        metric
        for metric in result.metrics
        if metric.unit != "items" and min(len(metric.base), len(metric.new)) < least
    ]
    assumed = [metric.name for metric in few if metric.change.assumed]
    seen = [metric.name for metric in few if not metric.change.assumed]
    withheld = [metric.name for metric in few if _is_withheld(metric, result.fail_above)]
    where = f"below {least} processes on a side"
    if assumed:
        spread = f"{statistics.ASSUMED_SPREAD:.0%}"
        yield f"{where} a spread between processes of {spread} is assumed: {', '.join(assumed)}"
    if seen:
        yield f"{where} the spread between processes is taken as seen: {', '.join(seen)}"
    if withheld:
        yield f"{where} percentiles have no verdict: {', '.join(withheld)}"


def _is_withheld(metric: ComparedMetric, fail_above: float) -> bool:
    """Whether nothing is said of it although its interval does not reach across the bound."""
    change = metric.change
    return change.regression is None and not change.low <= 1 + fail_above < change.high


def bound(result: CompareResult) -> str:
    return f"{result.fail_above * 100:.4g} %"
