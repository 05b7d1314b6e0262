"""One measurement in several processes."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from pytimer.latency import LatencyResult
from pytimer.plan import LatencyPlan
from pytimer.processes import ProcessesResult
from pytimer.report.latency import outputs
from pytimer.report.layout import heading, indented, new_table, title
from pytimer.report.work import HOW_IN_FIRST, show_work
from pytimer.units import Unit, significant, unit_for


def show_processes(result: ProcessesResult, console: Console) -> None:
    console.print(title(result.subject))
    console.print()
    console.print(heading(*processes_how(result)))
    unit = _unit(result)
    named = "items/s" if unit is None else f"median [{unit.name}]"
    table = new_table("process", named)
    for number, figure in enumerate(result.figures, 1):
        table.add_row(str(number), _number(float(figure), unit))
    table.add_row("median", Text(_number(result.median, unit), "bold"))
    console.print(indented(table))
    for line in processes_facts(result):
        console.print(Text(f"  {line}"), soft_wrap=True)
    show_work(result.results[0], console, how=HOW_IN_FIRST)


def processes_how(result: ProcessesResult) -> tuple[str, str]:
    """What was measured, and how."""
    plan, count = result.plan, len(result.results)
    in_all = f"{count} processes" if count > 1 else "1 process"
    counts = [len(one.samples) for one in result.results]
    fewest, most = min(counts), max(counts)
    samples = str(most) if fewest == most else f"{fewest} to {most}"
    if isinstance(plan, LatencyPlan):
        return "Latency", f"in {in_all}, {plan.mode}, {samples} repetitions in each"
    return "Throughput", f"in {in_all}, {samples} batches of {plan.batch_size} in each"


def figure_text(result: ProcessesResult, figure: float) -> str:
    """A figure of it, with its unit."""
    unit = _unit(result)
    return f"{_number(figure, unit)} {'items/s' if unit is None else unit.name}"


def _unit(result: ProcessesResult) -> Unit | None:
    """Of its times; None for rates."""
    return unit_for(result.median) if isinstance(result.plan, LatencyPlan) else None


def _number(figure: float, unit: Unit | None) -> str:
    return significant(figure) if unit is None else unit.show(figure)


def processes_facts(result: ProcessesResult) -> Iterator[str]:
    bounds = result.interval.bounds
    if bounds is None:
        yield f"95 % interval over processes: needs {result.interval.needs} processes"
    else:
        low, high = (_number(bound, _unit(result)) for bound in bounds)
        yield f"95 % interval over processes: {low} to {high}"
    if result.spread_between is not None:
        yield f"spread between processes: {result.spread_between:.2%} of the mean"
    if result.spread_within is not None:
        yield f"spread of calls within one: {result.spread_within:.2%} of the median (1.48 MAD)"
    first = result.results[0]
    if isinstance(first, LatencyResult) and first.equivalence is not None:
        yield f"{outputs(first.equivalence)}, in the first process"
