"""A model compiled ahead of time into a package that runs without Python."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from pytimer.aoti import AotiPackage
from pytimer.compilation import write_package
from pytimer.devices import Device
from pytimer.environment import Environment, capture
from pytimer.equivalence import Equivalence, compare
from pytimer.errors import PlanError
from pytimer.files import folder_beside, put_in_place
from pytimer.workload import ModelOrPath, Subject, prepared


@dataclass(frozen=True, slots=True)
class ExportResult:
    """A package that was made, and how.

    Attributes:
        dynamic_batch: whether it takes any batch size.
        export_s: seconds that torch.export took.
        compile_s: seconds that AOTInductor took.
        equivalence: with the model it was made from.
    """

    subject: Subject
    path: str
    size_bytes: int
    dynamic_batch: bool
    export_s: float
    compile_s: float
    equivalence: Equivalence
    environment: Environment


def export(
    model: ModelOrPath,
    inputs: Any,
    path: str | os.PathLike[str],
    *,
    device: str | torch.device | Device | None = None,
    dynamic_batch: bool = False,
    name: str | None = None,
) -> ExportResult:
    """Compiles `model` for such inputs into an AOTInductor package, by torch.export.

    The package holds machine code for this kind of processor and device. Its outputs are compared
    with the model's.

    Args:
        model, inputs, device, name: as for `measure_latency`.
        path: of the package, ending in .pt2; an existing file is replaced.
        dynamic_batch: for any batch size: dimension 0 of all tensors that have as many items as the
            first.

    Raises:
        PlanError: the path does not end in .pt2, or `model` is a file.
        ModelError: the model cannot be exported or compiled.
        ResultFileError: the file cannot be written.
        DeviceUnavailableError: as `measure_latency`.
    """
    if isinstance(model, str | os.PathLike):
        raise PlanError(
            f"{os.fspath(model)} is compiled already; export takes the model that it was made from"
        )
    path = Path(path)
    if path.suffix != ".pt2":
        raise PlanError(f"path must end in .pt2, got {path}")
    with folder_beside(path) as folder, prepared(model, inputs, device, name) as workload:
        (arguments, *others) = workload.sets
        if others:
            raise PlanError("a package is exported for one set of inputs, got a list of several")
        written = folder / path.name
        times = write_package(model, arguments, written, dynamic_batch=dynamic_batch)
        equivalence = compare(model, AotiPackage(written), arguments)
        put_in_place(written, path)
        return ExportResult(
            subject=workload.subject,
            path=str(path),
            size_bytes=path.stat().st_size,
            dynamic_batch=dynamic_batch,
            export_s=times.export_s,
            compile_s=times.compile_s,
            equivalence=equivalence,
            environment=capture(workload.device),
        )
