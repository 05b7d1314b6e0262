"""What each measurement was made for, in one line."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from pytimer.batch_size import BatchSizeResult
from pytimer.curve import SweepResult
from pytimer.exporting import ExportResult
from pytimer.latency import LatencyResult
from pytimer.main_job import RunResult
from pytimer.mistakes import MistakesResult
from pytimer.modes import ModesResult, mode_name
from pytimer.overhead import LoopsResult
from pytimer.pairs import ABResult
from pytimer.profiling import ProfileResult
from pytimer.report.batch_size import rate
from pytimer.report.layout import over_rounds
from pytimer.report.load import bound_of
from pytimer.result_file import Result
from pytimer.self_test import SelftestResult
from pytimer.serving import LoadResult
from pytimer.serving.words import line_of, name_of
from pytimer.statistics import mean, std
from pytimer.throughput import ThroughputResult
from pytimer.units import duration, mebibytes, significant, unit_for


def headlines(result: Result) -> list[str]:
    """A line for each figure of the result; none for a stage that was not reached."""
    if isinstance(result, LoadResult):
        return _load(result)
    if isinstance(result, RunResult):
        stages = (result.latency, result.batch_size, result.sweep, result.throughput)
        return [_LINES[type(stage)](stage) for stage in stages if stage is not None]
    if isinstance(result, ModesResult):
        return [_latency(one) for one in result.results]
    return [_LINES[type(result)](result)]


def _latency(result: LatencyResult) -> str:
    unit = unit_for(result.median_s)
    clock = f"{result.samples.clock} time"
    shown = f"{unit.show(mean(result.latency_s))} ± {unit.show(std(result.latency_s))} {unit.name}"
    return f"latency {shown} ({mode_name(result.plan)}, {clock}, n = {len(result.latency_s)})"


def _batch_size(result: BatchSizeResult) -> str:
    return f"largest batch size {result.max_batch_size} (limit: {result.limit})"


def _sweep(result: SweepResult) -> str:
    return f"fastest batch size {result.fastest.batch_size} ({rate(result.fastest)})"


def _throughput(result: ThroughputResult) -> str:
    return f"throughput {significant(result.items_per_s)} items/s (batch size {result.batch_size})"


def _ab(result: ABResult) -> str:
    return f"B is {result.comparison.ratio - 1:+.2%} on A: {result.comparison.verdict}"


def _selftest(result: SelftestResult) -> str:
    return f"self-test on {result.device}: {'passed' if result.passed else 'FAILED'}"


def _export(result: ExportResult) -> str:
    return f"{result.path}, {mebibytes(result.size_bytes)} MiB"


def _overhead(result: LoopsResult) -> str:
    saved, _ = over_rounds(result.saved_s, 1e9)
    verdict = "" if result.verdict is None else f": the choice of the loop {result.verdict}"
    return f"the native loop saves {saved} ns a repetition{verdict}"


def _mistakes(result: MistakesResult) -> str:
    factors = {row.name: row.factor for row in result.rows if row.factor is not None}
    if not factors:
        return "no mistake could be shown"
    worst = max(factors, key=lambda name: abs(math.log(factors[name])))
    shown = significant(factors[worst], 3)
    return f"{len(factors)} mistakes shown; furthest off: {worst}, by a factor of {shown}"


def _profile(result: ProfileResult) -> str:
    return f"{result.path}, {duration(result.profiled.call_s)} a call"


def _load(result: LoadResult) -> list[str]:
    if result.plan.max_latency_s is None or result.plan.idle_s is not None:
        return [line_of(result, point) for point in result.points]
    best = result.highest_valid
    found = "none" if best is None else name_of(best.rate_per_s)
    return [f"highest rate with {bound_of(result)}: {found}"]


_LINES: dict[type[Any], Callable[[Any], str]] = {
    LatencyResult: _latency,
    BatchSizeResult: _batch_size,
    SweepResult: _sweep,
    ThroughputResult: _throughput,
    ABResult: _ab,
    SelftestResult: _selftest,
    ExportResult: _export,
    LoopsResult: _overhead,
    MistakesResult: _mistakes,
    ProfileResult: _profile,
}
