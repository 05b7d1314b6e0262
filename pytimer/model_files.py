"""Models in files that run without Python: AOTInductor packages and TorchScript modules."""

from __future__ import annotations

import os
import warnings
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import torch

from pytimer.aoti import AotiPackage
from pytimer.devices import Device, resolve_device
from pytimer.errors import ModelError, text_of
from pytimer.files import is_file

SUFFIXES = (".pt2", ".pt", ".ts")


def open_model(
    path: str | os.PathLike[str], device: str | torch.device | Device | None
) -> AotiPackage | torch.jit.ScriptModule:
    """The model in that file, on the device; None: where it was compiled for or saved from.

    Raises:
        ModelError: the file holds no such model.
        DeviceUnavailableError: no such device.
    """
    path = Path(path)
    if path.suffix not in SUFFIXES:
        raise ModelError(
            f"{path} is no file of a model: expected an AOTInductor package (.pt2) or a "
            "TorchScript module (.pt, .ts)"
        )
    where = None if device is None else resolve_device(device)
    current: AbstractContextManager[None] = nullcontext() if where is None else where.as_current()
    with current:
        return AotiPackage(path) if path.suffix == ".pt2" else _script(path, where)


def _script(path: Path, device: Device | None) -> torch.jit.ScriptModule:
    if not is_file(path):
        raise ModelError(f"no file at {path}")
    try:
        with warnings.catch_warnings(action="ignore"):  # of deprecation; a caveat has that
            script = torch.jit.load(path, map_location=None if device is None else device.name)
    except RuntimeError as error:
        raise ModelError(
            f"{path} is no TorchScript module: expected what torch.jit.save has written "
            f"({text_of(error).splitlines()[0]}); a pickled model or a state dict needs its code, "
            "so name a factory as file.py:factory"
        ) from None
    assert isinstance(script, torch.jit.ScriptModule)
    if not script._c._has_method("forward"):
        raise ModelError(f"{path} holds a TorchScript module without a method forward to call")
    return script
