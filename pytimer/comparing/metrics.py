"""The figures of a result that another may have too, and the conditions under which they hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from pytimer.batch_size import BatchSizeResult
from pytimer.curve import SweepPoint, SweepResult
from pytimer.environment import Environment
from pytimer.errors import PlanError
from pytimer.latency import LatencyResult
from pytimer.main_job import RunResult
from pytimer.modes import ModesResult, mode_name
from pytimer.processes import ProcessesResult
from pytimer.require import LEAST
from pytimer.samples import FloatArray
from pytimer.statistics import Figure
from pytimer.throughput import ThroughputResult
from pytimer.workload import Subject

MetricUnit = Literal["s", "items/s", "items"]

Comparable = (
    LatencyResult
    | ModesResult
    | BatchSizeResult
    | ThroughputResult
    | SweepResult
    | RunResult
    | ProcessesResult
)
"""Results that can be compared."""

_KINDS = "latency, processes, modes, throughput, sweep, batch-size and run"

_PERCENTILES = (("median", 0.5), ("p90", 0.9), ("p99", 0.99))
"""Not the mean, where there are others: a single interruption in one process moves it more than any
change would."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure of each process.

    Attributes:
        values: in the unit, above 0, shape (processes,).
        conditions: what must be the same on both sides, in words by name.
        search: how a size was searched, likewise; where it differs, the sizes say nothing.
    """

    name: str
    unit: MetricUnit
    values: FloatArray
    conditions: Mapping[str, str]
    figure: Figure = "median"
    search: Mapping[str, str] = field(default_factory=dict)


def comparable(result: object) -> Comparable:
    """The result as it is; PlanError where it is of another kind, or nothing was measured."""
    if not isinstance(result, Comparable):
        raise PlanError(f"expected a result of {_KINDS} to compare, got {type(result).__name__}")
    if not members_of(result):
        raise PlanError("expected a result with figures to compare, got one without any")
    return result


def members_of(result: Comparable) -> tuple[Any, ...]:
    """The results it holds side by side, each with subject, environment and caveats."""
    if isinstance(result, ModesResult):
        return result.results
    if isinstance(result, RunResult):
        stages = (result.latency, result.batch_size, result.sweep, result.throughput)
        return tuple(stage for stage in stages if stage is not None)
    return (result,)


def environment_of(result: Comparable) -> Environment:
    environment: Environment = members_of(result)[0].environment
    return environment


def subject_of(result: Comparable) -> Subject:
    subject: Subject = members_of(result)[0].subject
    return subject


def entries_of(result: Comparable) -> str | None:
    """What the samples of its latency are; None where it has no latency of one process."""
    parts = (part for part in members_of(result) if isinstance(part, LatencyResult))
    first = next(parts, None)
    return None if first is None else first.samples.words


def metrics_of(result: Comparable) -> tuple[Metric, ...]:
    """All figures of a result that can be compared."""
    prefixed = isinstance(result, ModesResult)
    return tuple(
        metric
        for part in members_of(result)
        for metric in _of_part(part, f"{mode_name(part.plan)} " if prefixed else "")
    )


def _of_part(part: Any, prefix: str) -> Iterator[Metric]:
    if isinstance(part, ProcessesResult):
        first, results = part.results[0], part.results
    else:
        first, results = part, (part,)
    if isinstance(first, LatencyResult):
        yield from _of_latency(results, prefix)
    elif isinstance(first, ThroughputResult):
        yield from _of_throughput(results)
    elif isinstance(first, SweepResult):
        yield from _of_sweep(first)
    elif isinstance(first, BatchSizeResult):
        yield from _largest(first)


def _of_latency(results: Sequence[Any], prefix: str) -> Iterator[Metric]:
    plan = results[0].plan
    conditions = _conditions(results[0].subject) | {
        "mode": mode_name(plan),
        "cache": plan.cache.value,
        "loop": plan.loop.value,
        "clock": results[0].samples.clock,
    }
    if results[0].samples.block > 1:
        means = [one.mean_s for one in results]
        yield from _metric(f"{prefix}latency mean", "s", means, conditions)
        return
    for name, p in _PERCENTILES:
        values = [one.percentile_s(p) for one in results]
        figure: Figure = "median" if p == 0.5 else "percentile"
        yield from _metric(f"{prefix}latency {name}", "s", values, conditions, figure)


def _of_throughput(results: Sequence[Any]) -> Iterator[Metric]:
    first = results[0]
    conditions = _conditions(first.subject) | {
        "batch size": str(first.batch_size),
        "loop": first.plan.loop.value,
        "concurrency": str(first.plan.concurrency),
        "host to device": str(first.plan.host_to_device),
    }
    yield from _metric("throughput", "items/s", [one.items_per_s for one in results], conditions)


def _of_sweep(result: SweepResult) -> Iterator[Metric]:
    conditions = _conditions(result.subject) | {"loop": result.plan.loop.value}
    for point in result.measured:
        yield from _of_point(point, conditions)
    if result.search is not None:
        yield from _largest(result.search)


def _of_point(point: SweepPoint, conditions: Mapping[str, str]) -> Iterator[Metric]:
    prefix = f"batch {point.batch_size}"
    yield from _metric(f"{prefix} latency median", "s", [point.latency_s(0.5)], conditions)
    yield from _metric(f"{prefix} throughput", "items/s", [point.items_per_s], conditions)


def _largest(result: BatchSizeResult) -> Iterator[Metric]:
    """The size, unless the search was broken off."""
    if result.limit in ("time", "interrupted"):
        return
    plan, memory_bytes = result.plan, result.memory_limit_bytes
    search = {
        "memory limit": "the device's own" if memory_bytes is None else f"{memory_bytes} bytes",
        "multiple of": str(plan.multiple_of),
        "cap": "the default" if plan.max_batch_size is None else str(plan.max_batch_size),
    }
    values = np.array([float(result.max_batch_size)])
    yield Metric("max batch size", "items", values, _conditions(result.subject), search=search)


def _conditions(subject: Subject) -> dict[str, str]:
    return {
        "inputs": ", ".join(subject.inputs) or "no tensors",
        "input sets": str(subject.input_sets),
        "device": subject.device,
        "call": subject.call,
    }


def _metric(
    name: str,
    unit: MetricUnit,
    values: Sequence[float | None],
    conditions: Mapping[str, str],
    figure: Figure = "median",
) -> Iterator[Metric]:
    """The metric, unless a process has too few samples for it, or a clock too coarse."""
    known = [value for value in values if value is not None and value >= LEAST]
    if len(known) == len(values):
        yield Metric(name, unit, np.array(known), conditions, figure)
