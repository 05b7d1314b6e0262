"""The results of which a result consists."""

from __future__ import annotations

from typing import Any

from pytimer.curve import SweepResult
from pytimer.main_job import RunResult
from pytimer.modes import ModesResult
from pytimer.result_file import Result
from pytimer.throughput import ThroughputResult


def parts_of(result: Result) -> list[Any]:
    """Each of one kind, in the order in which they are shown; none where nothing was measured."""
    if isinstance(result, ModesResult):
        return list(result.results)
    if not isinstance(result, RunResult):
        return _with_held(result, RunResult())
    stages = (result.latency, result.batch_size, result.sweep, result.throughput)
    return [part for stage in stages if stage is not None for part in _with_held(stage, result)]


def _with_held(stage: Any, shown: RunResult) -> list[Any]:
    """The stage behind those that it holds and that are not shown anyway."""
    if isinstance(stage, ThroughputResult) and stage.sweep is not None:
        return [*_with_held(stage.sweep, shown), stage]
    if isinstance(stage, SweepResult) and stage.search is not None:
        return [stage] if shown.batch_size == stage.search else [stage.search, stage]
    return [stage]
