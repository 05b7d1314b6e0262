"""One measurement in several processes."""

from __future__ import annotations

from pytimer.latency import LatencyResult
from pytimer.processes import ProcessesResult
from pytimer.report.document import Bar, Bars, Column, Quantity, Section, Table, Window
from pytimer.report.processes import figure_text, processes_facts, processes_how
from pytimer.report.reading.common import series_of
from pytimer.throughput import ThroughputResult


def headline_of_processes(result: ProcessesResult) -> tuple[tuple[str, str], ...]:
    median = (f"median of {len(result.results)} processes", figure_text(result, result.median))
    bounds = result.interval.bounds
    if bounds is None:
        return (median,)
    low, high = (figure_text(result, bound) for bound in bounds)
    return (median, ("95 % interval", f"{low} to {high}"))


def processes_section(result: ProcessesResult) -> Section:
    title, how = processes_how(result)
    is_latency = isinstance(result.results[0], LatencyResult)
    quantity = Quantity.SECONDS if is_latency else Quantity.RATE
    column = Column("median", "median_s", quantity)
    if not is_latency:
        column = Column("items/s", "items_per_s", quantity)
    figures = tuple((f"process {number}", float(x)) for number, x in enumerate(result.figures, 1))
    known = "; ".join(f"{name} {figure_text(result, figure)}" for name, figure in figures)
    each = f"{title} in each process"
    unit = None if is_latency else "items/s"
    results: tuple[LatencyResult | ThroughputResult, ...] = result.results
    named = [(f"process {number}", one) for number, one in enumerate(results, 1)]
    return Section(
        title,
        how,
        tables=(Table(each, (Column("process", "process"), column), figures),),
        figures=(Bars(each, f"{known}.", tuple(Bar(*one) for one in figures), unit),),
        facts=tuple(processes_facts(result)),
        series=tuple(series_of(name, one.samples, warm_up=one.warm_up) for name, one in named),
        windows=tuple(
            Window(name, one.batch_size, len(one.samples), one.window_s, one.plan.concurrency)
            for name, one in named
            if isinstance(one, ThroughputResult)
        ),
    )
