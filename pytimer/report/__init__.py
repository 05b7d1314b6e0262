"""Results as text for a terminal. Reads results only; complete without colour."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.text import Text

from pytimer.batch_size import BatchSizeResult
from pytimer.comparing.result import CompareResult
from pytimer.curve import SweepResult
from pytimer.exporting import ExportResult
from pytimer.latency import LatencyResult
from pytimer.mistakes import MistakesResult
from pytimer.modes import ModesResult
from pytimer.overhead import LoopsResult
from pytimer.pairs import ABResult
from pytimer.processes import ProcessesResult
from pytimer.profiling import ProfileResult
from pytimer.ranks import RanksResult
from pytimer.report.batch_size import show_batch_size, show_sweep, show_throughput
from pytimer.report.comparison import show_comparison
from pytimer.report.export import show_export
from pytimer.report.latency import show_latency, show_modes
from pytimer.report.layout import title
from pytimer.report.load import show_load
from pytimer.report.mistakes import show_mistakes
from pytimer.report.pairs import show_loops, show_pairs
from pytimer.report.parts import parts_of
from pytimer.report.printed import printing
from pytimer.report.processes import show_processes
from pytimer.report.profile import show_profile
from pytimer.report.ranks import show_ranks
from pytimer.report.reading import read
from pytimer.report.self_test import show_selftest
from pytimer.report.surroundings import show_all_settings, show_caveats, show_environment
from pytimer.result_file import Result
from pytimer.self_test import SelftestResult
from pytimer.serving import LoadResult
from pytimer.throughput import ThroughputResult

_STAGES: dict[type[Any], Callable[[Any, Console], None]] = {
    LatencyResult: show_latency,
    BatchSizeResult: show_batch_size,
    SweepResult: show_sweep,
    ThroughputResult: show_throughput,
}
"""Sections of which a report may have several, under one title."""

_WHOLE: dict[type[Any], Callable[[Any, Console], None]] = {
    ABResult: show_pairs,
    CompareResult: show_comparison,
    ExportResult: show_export,
    LoadResult: show_load,
    LoopsResult: show_loops,
    MistakesResult: show_mistakes,
    ModesResult: show_modes,
    ProcessesResult: show_processes,
    ProfileResult: show_profile,
    RanksResult: show_ranks,
    SelftestResult: show_selftest,
}
"""Reports with titles of their own."""


def show(result: Result, console: Console) -> None:
    """Prints the whole result: figures, environment, caveats."""
    parts = parts_of(result)
    if not parts:
        return
    with printing(console):
        if type(result) in _WHOLE:
            _WHOLE[type(result)](result, console)
        else:
            console.print(title(parts[0].subject))
            for part in parts:
                console.print()
                _STAGES[type(part)](part, console)
        console.print()
        show_environment(parts[0].environment, console)
        show_caveats([caveat for part in parts for caveat in getattr(part, "caveats", ())], console)


def show_headlines(result: Result, console: Console) -> None:
    """Prints a line for each figure, and no more."""
    with printing(console):
        for name, text in read(result).headline:
            console.print(Text(f"{name}: {text}"), soft_wrap=True)


def show_settings(result: Result, console: Console) -> None:
    """Prints every setting that is recorded, beyond those that `show` names."""
    with printing(console):
        for part in parts_of(result)[:1]:
            console.print()
            show_all_settings(part.environment, console)
