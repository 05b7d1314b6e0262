"""A result in the JSON format of Google Benchmark, for its compare.py and for dashboards.

Each sample is a repetition of one call, or of the calls of the block that it is the mean of. The
wall windows of a sweep and of a throughput are repetitions of many calls, and only they have
`items_per_second`: one ÷ a latency is no rate.
pytimer measures no processor time: `cpu_time` repeats `real_time`, and `context` says so.
"""

from __future__ import annotations

import json
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pytimer.environment import Environment
from pytimer.errors import PlanError
from pytimer.report.document import Document

Entry = dict[str, Any]

_NS = 1e9


@dataclass(frozen=True, slots=True)
class _Repetition:
    """`items_per_s` is None where there is no rate."""

    calls: int
    call_s: float
    items_per_s: float | None = None
    threads: int = 1


def google_benchmark_of(document: Document) -> str:
    """The repetitions and, of two or more, mean, median, standard deviation (ddof = 1) and cv.

    Raises:
        PlanError: the result has no samples.
    """
    families = {name: group for name, group in _families(document).items() if group}
    if not families:
        raise PlanError(
            "Google Benchmark's format is for samples, got a result without; "
            "--markdown and --csv show its figures"
        )
    benchmarks = [
        entry
        for index, (name, group) in enumerate(families.items())
        for entry in _entries(f"{document.title}/{name}", index, group)
    ]
    content = {"context": _context(document), "benchmarks": benchmarks}
    return json.dumps(content, allow_nan=False, indent=1) + "\n"


def _families(document: Document) -> dict[str, list[_Repetition]]:
    """Wall windows stand for the samples inside them."""
    families: dict[str, list[_Repetition]] = defaultdict(list)
    for window in document.windows:
        items_per_s = window.batch_size * window.calls / window.window_s
        call_s = window.window_s / window.calls
        families[window.name].append(_Repetition(window.calls, call_s, items_per_s, window.threads))
    for series in document.series:
        if series.name not in families:
            calls = np.ones(len(series.values_s), int) if series.calls is None else series.calls
            entries = zip(calls.tolist(), series.values_s.tolist(), strict=True)
            families[series.name] = [_Repetition(*entry) for entry in entries][series.cut :]
    return families


def _entries(run_name: str, family: int, group: Sequence[_Repetition]) -> Iterator[Entry]:
    common = {
        "family_index": family,
        "per_family_instance_index": 0,
        "run_name": run_name,
        "repetitions": len(group),
        "threads": group[0].threads,
        "time_unit": "ns",
    }
    for index, repetition in enumerate(group):
        yield {
            "name": run_name,
            **common,
            "run_type": "iteration",
            "repetition_index": index,
            "iterations": repetition.calls,
            **_times(repetition.call_s * _NS, repetition.items_per_s),
        }
    if len(group) > 1:
        for name, aggregate in _AGGREGATES.items():
            if name == "cv" and not any(repetition.call_s for repetition in group):
                continue  # of times that are all 0 there is none
            yield {
                "name": f"{run_name}_{name}",
                **common,
                "run_type": "aggregate",
                "aggregate_name": name,
                "aggregate_unit": "percentage" if name == "cv" else "time",
                "iterations": len(group),
                **_aggregated(aggregate, group, 1.0 if name == "cv" else _NS),
            }


def _aggregated(
    aggregate: Callable[[list[float]], float], group: Sequence[_Repetition], per_second: float
) -> Entry:
    rates = [repetition.items_per_s for repetition in group if repetition.items_per_s is not None]
    time = aggregate([repetition.call_s for repetition in group]) * per_second
    return _times(time, aggregate(rates) if rates else None)


def _times(time: float, items_per_s: float | None) -> Entry:
    entry = {"real_time": time, "cpu_time": time}
    return entry if items_per_s is None else entry | {"items_per_second": items_per_s}


def _cv(values: list[float]) -> float:
    return statistics.stdev(values) / statistics.fmean(values)


_AGGREGATES: dict[str, Callable[[list[float]], float]] = {
    "mean": statistics.fmean,
    "median": statistics.median,
    "stddev": statistics.stdev,
    "cv": _cv,
}


def _context(document: Document) -> Entry:
    context: Entry = {
        "executable": "pytimer",
        "model": document.title,
        "inputs": document.subtitle,
        "cpu_time": "not measured: the same as real_time",
        "caches": [],
    }
    facts = document.environment
    return context if facts is None else context | _context_of(facts)


def _context_of(facts: Environment) -> Entry:
    context: Entry = {"pytimer_version": facts.pytimer_version, "device": facts.device.name}
    if facts.host.cores is not None:
        context["num_cpus"] = facts.host.cores
    if facts.host.governor is not None:
        context["cpu_scaling_enabled"] = facts.host.governor != "performance"
    if facts.torch is not None:
        context["torch_version"] = facts.torch.version
    return context
