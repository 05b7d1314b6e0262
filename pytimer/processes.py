"""The same measurement in several processes, for what no single process can know of its spread."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
import torch

from pytimer import codec, require, statistics
from pytimer.caveats import Caveat
from pytimer.devices import Device, resolve_device
from pytimer.environment import Environment, differences
from pytimer.errors import CallError, Interrupted, PlanError, PyTimerError
from pytimer.latency import LatencyResult, measure_latency
from pytimer.plan import LatencyPlan, ThroughputPlan, check_count, check_positive
from pytimer.probing.job import written
from pytimer.probing.worker_process import answer_of
from pytimer.progress import OnProgress, Progress, knowing
from pytimer.samples import FloatArray
from pytimer.statistics import Interval
from pytimer.throughput import ThroughputResult, measure_throughput
from pytimer.torch_settings import TorchSettings
from pytimer.units import duration, significant
from pytimer.workload import ModelOrPath, Subject, name_of

What = Literal["latency", "throughput"]


@dataclass(frozen=True, slots=True)
class ProcessesResult:
    """One measurement, made in several processes one after another; at least one.

    The figure of a process is the median latency in it, seconds, or its rate, items per second.

    Attributes:
        results: of each process, in order, each with its raw samples.
    """

    results: tuple[LatencyResult, ...] | tuple[ThroughputResult, ...]

    def __post_init__(self) -> None:
        if not self.results:
            raise ValueError("results must hold at least one process, got none")
        blocks = next((one.samples for one in self.results if one.samples.block > 1), None)
        if blocks is not None:
            raise ValueError(f"results must hold single calls, got {blocks.words}")
        for number, result in enumerate(self.results[1:], 2):
            if unlike := _unlike(self.results[0], result):
                raise ValueError(f"process {number} is unlike the first: {unlike}")
        if any(isinstance(one, LatencyResult) and one.median_s is None for one in self.results):
            raise ValueError("results must have a median each, got means of blocks of calls")
        require.positive(figures=self.figures)

    @property
    def subject(self) -> Subject:
        return self.results[0].subject

    @property
    def plan(self) -> LatencyPlan | ThroughputPlan:
        return self.results[0].plan

    @property
    def environment(self) -> Environment:
        return self.results[0].environment

    @property
    def caveats(self) -> tuple[Caveat, ...]:
        """Of all processes, by name the first."""
        by_name: dict[str, Caveat] = {}
        for result in self.results:
            for caveat in result.caveats:
                by_name.setdefault(caveat.name, caveat)
        return tuple(by_name.values())

    @property
    def figures(self) -> FloatArray:
        """The figure of each process, seconds or items per second, shape (processes,)."""
        return np.array([_figure(result) for result in self.results])

    @property
    def median(self) -> float:
        """Of the figures, in their unit."""
        return float(np.median(self.figures))

    @property
    def interval(self) -> Interval:
        """95 % confidence interval over processes, in the unit of the figures.

        Student's t on their logarithms. There is none for one process; then `needs` is 2.
        """
        found = statistics.interval_of_rounds(np.log(self.figures))
        if found.bounds is None:
            return found
        low, high = map(math.exp, found.bounds)
        return Interval(low, high)

    @property
    def spread_between(self) -> float | None:
        """Standard deviation of the figures over their mean; None for one process."""
        figures = self.figures
        if len(figures) < 2:
            return None
        return float(np.std(figures, ddof=1) / np.mean(figures))

    @property
    def spread_within(self) -> float | None:
        """1.4826 MAD of the calls' times over their median, median over processes.

        As a standard deviation, but blind to outliers; None for single calls.
        """
        spreads = [
            1.4826 * summary.mad / summary.median
            for summary in (statistics.summary(one.samples.latency_s) for one in self.results)
            if summary.count >= 2 and summary.mad is not None and summary.median
        ]
        return float(np.median(spreads)) if spreads else None


@dataclass(frozen=True, slots=True)
class MeasureJob:
    """What each process needs to know.

    Attributes:
        device: to which the process moves its copy of the model; None: it is in place.
        options: further arguments of the function.
    """

    what: What
    model: ModelOrPath
    inputs: Any
    device: str | None
    options: Mapping[str, Any]
    settings: TorchSettings


def measure_in_processes(
    measure: Callable[..., LatencyResult] | Callable[..., ThroughputResult],
    model: ModelOrPath,
    inputs: Any,
    *,
    processes: int = 5,
    device: str | torch.device | Device | None = None,
    timeout_s: float | None = None,
    on_progress: OnProgress | None = None,
    **options: Any,
) -> ProcessesResult:
    """Makes one measurement in several fresh processes, one after another.

    Two processes differ by more than the calls within one do: in memory layout, in what was
    compiled and chosen, in clocks. Only several of them tell how much, and `compare` needs that.

    Each process gets a copy of the model, with the same weights, and of the inputs; what cannot be
    imported there, such as a lambda or a class of a script, is sent along. On a GPU keep the model
    on the host and name the `device`: else this process uses the GPU too, which is a caveat.

    Args:
        measure: `measure_latency`, or `measure_throughput` with a batch size.
        model, inputs: as for that function; must be fit to be pickled.
        processes: how many; an interval needs 2, a verdict of `compare` 5.
        device: as for that function, but a module that is elsewhere is moved in each process.
        timeout_s: how long each process may take; it is ended then, whatever the model does. None:
            no limit.
        on_progress: called before each process and at the end.
        options: further arguments of that function.

    Raises:
        PlanError: an argument that cannot be carried out.
        CannotSendError: the model or an input cannot be pickled, or rebuilt in another process.
        CallError: a process failed, ran out of time, or found another environment than the first;
            `result` has what the others measured.
        Interrupted: Ctrl-C; likewise.
    """
    check_count("processes", processes, 1, "an interval needs 2, a comparison 5")
    check_positive("timeout_s", timeout_s, "seconds")
    what = _what(measure, options)
    job = MeasureJob(
        what,
        model,
        inputs,
        None if device is None else _device_name(device),
        options,
        TorchSettings.here(),
    )
    name = options.get("name") or name_of(model)
    done: list[Any] = []
    tell = knowing(on_progress, lambda _: _result(done)) or (lambda _: None)
    code = (model, options.get("reference"), options.get("make_inputs"))
    with written(job, name, code) as file:
        try:
            for number in range(1, processes + 1):
                tell(Progress("process", number - 1, processes, _so_far(done)))
                answer = answer_of(
                    "pytimer._measure",
                    file.fileno(),
                    f"{name}, process {number}",
                    partial(_tell_note, tell, number, processes),
                    timeout_s,
                )
                result = codec.decode(_KINDS[what], answer)
                _check_like(done, result)
                done.append(result)
            tell(Progress("process", processes, processes, _so_far(done)))
        except KeyboardInterrupt:
            raise Interrupted(result=_result(done)) from None
        except PyTimerError as error:
            error.result = _result(done)
            raise
    return ProcessesResult(tuple(done))


def _tell_note(tell: OnProgress, number: int, processes: int, note: str) -> None:
    tell(Progress("process", number - 1, processes, note))


def measured(job: MeasureJob, tell: Callable[[str], None]) -> LatencyResult | ThroughputResult:
    """The measurement of one process, in this one."""
    device = None if job.device is None else resolve_device(job.device)
    for part in (job.model, job.options.get("reference")):
        if device is not None and isinstance(part, torch.nn.Module):
            part.to(device.name)
    measure = _MEASURES[job.what]
    result: LatencyResult | ThroughputResult = measure(
        job.model,
        job.inputs,
        device=device,
        on_progress=lambda progress: tell(progress.note),
        **job.options,
    )
    return result


_MEASURES: dict[What, Callable[..., Any]] = {
    "latency": measure_latency,
    "throughput": measure_throughput,
}
_KINDS: dict[What, type[Any]] = {"latency": LatencyResult, "throughput": ThroughputResult}


def _what(measure: Callable[..., Any], options: Mapping[str, Any]) -> What:
    """The measurement by name; what is wrong with it shows here, not in the processes."""
    found = next((what for what, function in _MEASURES.items() if function is measure), None)
    if found is None:
        given = getattr(measure, "__qualname__", repr(measure))
        raise PlanError(f"measure must be measure_latency or measure_throughput, got {given}")
    bound = inspect.signature(measure).bind(None, None, **options)
    bound.apply_defaults()
    given = bound.arguments
    if found == "throughput":
        if given["batch_size"] == "auto":
            raise PlanError(
                'processes need a batch size, the same for all, got batch_size "auto"; find it '
                "with measure_throughput or sweep first"
            )
        ThroughputPlan(given["batch_size"], given["batches"], warm_up=given["warm_up"])
    elif given["max_samples"] is not None:
        raise PlanError(
            "several processes are compared by the medians of single calls; leave max_samples out"
        )
    else:
        names = ("mode", "call", "cache", "loop", "warm_up", "repetitions", "max_seconds")
        LatencyPlan.parse(**{name: given[name] for name in (*names, "precision", "rounds")})
    return found


def _device_name(device: str | torch.device | Device) -> str:
    """Not resolved here, where that might begin to use it: there it would be another process."""
    return str(device) if isinstance(device, str | torch.device) else device.name


def _figure(result: LatencyResult | ThroughputResult) -> float:
    if isinstance(result, ThroughputResult):
        return result.items_per_s
    assert result.median_s is not None, "a finished measurement has samples"
    return result.median_s


def _unlike(first: Any, other: Any) -> str | None:
    """In what the two are not one measurement; None where they are."""
    for name in ("subject", "plan"):
        if getattr(first, name) != getattr(other, name):
            return f"{name} {getattr(other, name)}, not {getattr(first, name)}"
    called = ("the first", "this")
    return next(iter(differences(first.environment, other.environment, called)), None)


def _check_like(done: list[Any], result: Any) -> None:
    unlike = _unlike(done[0], result) if done else None
    if unlike is not None:
        raise CallError(
            f"process {len(done) + 1} is unlike the first: {unlike}; measure again on a "
            "machine that nobody changes meanwhile"
        )


def _result(done: list[Any]) -> ProcessesResult | None:
    return ProcessesResult(tuple(done)) if done else None


def _so_far(done: list[Any]) -> str:
    if not done:
        return ""
    median = ProcessesResult(tuple(done)).median
    if isinstance(done[0], ThroughputResult):
        return f"median so far {significant(median)} items/s"
    return f"median so far {duration(median)}"
