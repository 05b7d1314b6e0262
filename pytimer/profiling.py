"""What the time of a call goes to, seen by torch's profiler in a process of its own."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pytimer import codec, measure, require
from pytimer.aoti import Arguments
from pytimer.devices import Device, resolve_device
from pytimer.environment import Environment, capture
from pytimer.errors import PlanError
from pytimer.files import folder_beside, put_in_place
from pytimer.loops import Engine, make_engine
from pytimer.model_setup import Setup
from pytimer.plan import Call, Loop, check_count
from pytimer.probing.job import written
from pytimer.probing.worker_process import answer_of
from pytimer.progress import OnProgress, Progress
from pytimer.torch_settings import TorchSettings
from pytimer.units import duration
from pytimer.workload import Model, ModelOrPath, Subject, prepared, rebuilt


@dataclass(frozen=True, slots=True)
class OperatorTime:
    """All calls of one operator in the calls that were profiled.

    Attributes:
        host_s: time on the host in it, but not in what it calls, seconds.
        device_s: likewise on the device; None on the host.
    """

    name: str
    calls: int
    host_s: float
    device_s: float | None


@dataclass(frozen=True, slots=True)
class Profiled:
    """What the profiling process found.

    Attributes:
        call_s: median latency of a call without the profiler, seconds.
        profiled_call_s: under it.
        operators: that took any time, the most of it first.
    """

    call_s: float
    profiled_call_s: float
    operators: tuple[OperatorTime, ...]

    def __post_init__(self) -> None:
        require.positive(call_s=self.call_s, profiled_call_s=self.profiled_call_s)


@dataclass(frozen=True, slots=True)
class ProfileResult:
    """Where the time of a call goes, and the trace that shows it.

    Attributes:
        path: of the trace, in Chrome's format.
        size_bytes: of that file.
        repetitions: calls in the trace.
    """

    subject: Subject
    path: str
    size_bytes: int
    repetitions: int
    profiled: Profiled
    environment: Environment

    def __post_init__(self) -> None:
        require.positive(repetitions=self.repetitions)

    @property
    def slowdown(self) -> float:
        """How many times as long a call takes under the profiler."""
        return self.profiled.profiled_call_s / self.profiled.call_s


@dataclass(frozen=True, slots=True)
class ProfileJob:
    """What the profiling process needs to know. `path`: where it writes the trace."""

    model: Model
    sets: tuple[Arguments, ...]
    name: str
    device: str
    warm_up: int
    repetitions: int
    path: str
    settings: TorchSettings
    setup: Setup


def profile(
    model: ModelOrPath,
    inputs: Any,
    path: str | os.PathLike[str],
    *,
    device: str | torch.device | Device | None = None,
    warm_up: int = 10,
    repetitions: int = 10,
    name: str | None = None,
    setup: Setup | None = None,
    on_progress: OnProgress | None = None,
) -> ProfileResult:
    """Makes the calls of `measure_latency` under torch's profiler, and writes a trace.

    In a process of its own: a profiler leaves traces in the process that it was in, and this one
    may go on to measure. The profiler makes calls slower, so the times are for finding where time
    goes; `measure_latency` says how much there is.

    Args:
        model, inputs, device, name, setup, on_progress: as for `measure_latency`.
        path: of the trace, in Chrome's format (for Perfetto or chrome://tracing); ends in .json or
            .json.gz; an existing file is replaced.
        warm_up: calls before the profiler starts.
        repetitions: calls under it.

    Raises:
        PlanError: a number below 1, or another ending.
        ResultFileError: the file cannot be written.
        CannotSendError: the model cannot be rebuilt in another process.
        CallError: it raised there.
        DeviceUnavailableError: as `measure_latency`.
    """
    check_count("warm_up", warm_up, 1)
    check_count("repetitions", repetitions, 1)
    path = Path(path)
    if not path.name.endswith((".json", ".json.gz")):
        raise PlanError(f"path must end in .json or .json.gz, got {path}")
    tell = on_progress or (lambda _: None)
    tell(Progress("profile", 0, 1))
    with folder_beside(path) as folder, prepared(model, inputs, device, name, setup) as workload:
        trace = folder / path.name
        job = ProfileJob(
            workload.model,
            workload.sets,
            workload.name,
            workload.device.name,
            warm_up,
            repetitions,
            str(trace),
            TorchSettings.here(),
            workload.setup,
        )
        with written(job, workload.name, (workload.model,)) as file:
            answer = answer_of(
                "pytimer._profile",
                file.fileno(),
                workload.name,
                on_note=lambda note: tell(Progress("profile", 0, 1, note)),
            )
        put_in_place(trace, path)
        tell(Progress("profile", 1, 1))
        return ProfileResult(
            workload.subject,
            str(path),
            path.stat().st_size,
            repetitions,
            codec.decode(Profiled, answer),
            capture(workload.device),
        )


def profiled(job: ProfileJob, tell: Callable[[str], None]) -> Profiled:
    """Makes the calls in this process, and writes the trace."""
    device = resolve_device(job.device)
    workload = rebuilt(job.model, job.sets, device, job.name, Call.AUTO, job.setup)
    activities = [torch.profiler.ProfilerActivity.CPU]
    if device.asynchronous:
        activities.append(torch.profiler.ProfilerActivity.CUDA)
    with workload.in_setup(), measure.paused_garbage_collection():
        workload = workload.compiled_first()
        _latency_s(make_engine(Loop.NATIVE, workload), job.warm_up)
        call_s = _latency_s(make_engine(Loop.NATIVE, workload), job.repetitions)
        tell(f"{duration(call_s)} a call so far")
        engine = make_engine(Loop.NATIVE, workload)
        with torch.profiler.profile(activities=activities, record_shapes=True) as profiler:
            profiled_call_s = _latency_s(engine, job.repetitions)
    profiler.export_chrome_trace(job.path)
    return Profiled(call_s, profiled_call_s, _operators(profiler, device.asynchronous))


def _latency_s(engine: Engine, calls: int) -> float:
    engine.isolated(calls)
    return float(np.median(engine.take().latency_s))


def _operators(profiler: torch.profiler.profile, asynchronous: bool) -> tuple[OperatorTime, ...]:
    found = [
        OperatorTime(
            event.key,
            event.count,
            event.self_cpu_time_total * 1e-6,
            event.self_device_time_total * 1e-6 if asynchronous else None,
        )
        for event in profiler.key_averages()
    ]
    return tuple(
        sorted(
            (one for one in found if one.host_s > 0 or one.device_s),
            key=lambda one: one.host_s if one.device_s is None else one.device_s,
            reverse=True,
        )
    )
