"""A model's first calls in a process that has never used the device."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.utils import _pytree as pytree

from pytimer import codec, measure
from pytimer.aoti import AotiPackage, Arguments
from pytimer.devices import Device, resolve_device
from pytimer.loops import NativeEngine
from pytimer.mistakes.result import ColdStart
from pytimer.model_files import open_model
from pytimer.model_setup import Setup
from pytimer.plan import Call, MistakesPlan
from pytimer.probing.job import written
from pytimer.probing.worker_process import answer_of
from pytimer.torch_settings import TorchSettings
from pytimer.units import duration
from pytimer.workload import Model, Workload, rebuilt


@dataclass(frozen=True, slots=True)
class ColdJob:
    """What the cold process needs to know.

    Attributes:
        model: on the host; a package by its path, since opening it touches the device.
        sets: likewise on the host.
        calls: to be made, the very first included.
    """

    model: Model | Path
    sets: tuple[Arguments, ...]
    name: str
    device: str
    warm_up: int
    calls: int
    settings: TorchSettings
    setup: Setup


def cold_start(workload: Workload, plan: MistakesPlan, on_note: Callable[[str], None]) -> ColdStart:
    """The stages of the first calls, in a process of their own.

    Args:
        on_note: called with what is known of them meanwhile.

    Raises:
        CannotSendError: the workload cannot be rebuilt in another process.
        CallError: it could not be started or called there.
    """
    model = workload.model
    job = ColdJob(
        model.path if isinstance(model, AotiPackage) else model,
        workload.sets,
        workload.name,
        workload.device.name,
        plan.warm_up,
        plan.warm_up + plan.repetitions,
        TorchSettings.here(),
        workload.setup,
    )
    with written(job, job.name, (model,), torch.device("cpu")) as file:
        answer = answer_of("pytimer._cold", file.fileno(), workload.name, on_note)
    start: ColdStart = codec.decode(ColdStart, answer)
    return start


def started(job: ColdJob, tell: Callable[[str], None]) -> ColdStart:
    """Makes the first calls in this process, and times each stage by the host clock."""
    begin = time.perf_counter()
    device = resolve_device(job.device)
    with device.as_current():
        device.synchronize()
        initialised = time.perf_counter()
        model = _placed(job.model, device)
        sets = pytree.tree_map_only(torch.Tensor, device.place, job.sets)
        device.synchronize()
        placed = time.perf_counter()
    workload = rebuilt(model, sets, device, job.name, Call.AUTO, job.setup)
    with workload.in_setup(), measure.paused_garbage_collection():
        workload = workload.compiled_first()
        engine = NativeEngine(workload)
        engine.isolated(1)
        first_s = engine.copy_latest(0)
        tell("" if first_s is None else f"first call {duration(float(first_s[0]))}")
        engine.isolated(job.calls - 1)
    return ColdStart(
        initialisation_s=initialised - begin if device.asynchronous else None,
        placing_s=placed - initialised,
        compile_s=workload.compile_s,
        warm_up=job.warm_up,
        samples=engine.take(),
    )


def _placed(model: Model | Path, device: Device) -> Any:
    if isinstance(model, Path):
        return open_model(model, device)
    return model.to(device.name) if isinstance(model, torch.nn.Module) else model
