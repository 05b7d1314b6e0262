"""Everything that pytimer does with a result that it has loaded."""

from __future__ import annotations

import io
from contextlib import suppress
from typing import Any

from rich.console import Console

import pytimer
from pytimer import report
from pytimer.comparing import metrics
from pytimer.report.outputs.comment import comment_of
from pytimer.report.outputs.google_benchmark import google_benchmark_of
from pytimer.report.outputs.markdown import markdown_of
from pytimer.report.outputs.tidy_csv import csv_of
from pytimer.report.page import page_of
from pytimer.report.reading import read


def report_in_every_way(result: Any, *, page: bool = False) -> None:
    """On a terminal in all verbosities, as Markdown, CSV, Google Benchmark's JSON, and a page."""
    console = Console(file=io.StringIO(), width=80)
    report.show(result, console)
    report.show_headlines(result, console)
    report.show_settings(result, console)
    document = read(result)
    markdown_of(document)
    with suppress(pytimer.PlanError):  # of a run that has measured nothing
        csv_of(document)
    with suppress(pytimer.PlanError):  # of kinds without samples
        google_benchmark_of(document)
    if isinstance(result, pytimer.CompareResult):
        comment_of(result)
    if page:
        page_of(result)


def compare_with(base: Any, result: Any) -> None:
    """The result with what it was made from, both ways round, and with itself."""
    if not isinstance(result, metrics.Comparable):
        return
    for one, other in ((base, result), (result, base), (result, result)):
        try:
            compared = pytimer.compare(one, other, allow_different=True)
        except pytimer.PyTimerError:
            continue
        report_in_every_way(compared)
