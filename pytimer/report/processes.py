"""One measurement in several processes."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from pytimer.plan import LatencyPlan
from pytimer.processes import ProcessesResult
from pytimer.report.layout import heading, indented, new_table, title
from pytimer.units import significant, unit_for


def show_processes(result: ProcessesResult, console: Console) -> None:
    console.print(title(result.subject))
    console.print()
    plan = result.plan
    count = len(result.results)
    in_all = f"{count} processes" if count > 1 else "1 process"
    if isinstance(plan, LatencyPlan):
        how = f"in {in_all}, {plan.mode}, {plan.repetitions} repetitions in each"
        console.print(heading("Latency", how))
        unit = unit_for(result.median)
        name, scale = f"median [{unit.name}]", unit.per_second
    else:
        how = f"in {in_all}, {plan.batches} batches of {plan.batch_size} in each"
        console.print(heading("Throughput", how))
        name, scale = "items/s", 1.0
    table = new_table("process", name)
    for number, figure in enumerate(result.figures, 1):
        table.add_row(str(number), significant(float(figure) * scale))
    table.add_row("median", Text(significant(result.median * scale), "bold"))
    console.print(indented(table))
    for line in _facts(result, scale):
        console.print(Text(f"  {line}"), soft_wrap=True)


def _facts(result: ProcessesResult, scale: float) -> Iterator[str]:
    bounds = result.interval.bounds
    if bounds is None:
        yield f"95 % interval over processes: needs {result.interval.needs} processes"
    else:
        low, high = (significant(bound * scale) for bound in bounds)
        yield f"95 % interval over processes: {low} to {high}"
    if result.spread_between is not None:
        yield f"spread between processes: {result.spread_between:.2%} of the mean"
    if result.spread_within is not None:
        yield f"spread of calls within one: {result.spread_within:.2%} of the median (1.48 MAD)"
