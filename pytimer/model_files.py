"""Models in files: AOTInductor packages, TorchScript modules, and, if trusted, pickled modules."""

from __future__ import annotations

import os
import warnings
import zipfile
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import torch

from pytimer.aoti import AotiPackage
from pytimer.devices import Device, resolve_device
from pytimer.errors import OF_OTHERS, ModelError, text_of
from pytimer.files import is_file

SUFFIXES = (".pt2", ".pt", ".ts")


def open_model(
    path: str | os.PathLike[str],
    device: str | torch.device | Device | None = None,
    *,
    trust: bool = False,
) -> AotiPackage | torch.nn.Module:
    """The model in a file, as all functions that measure take it.

    A package (.pt2) holds machine code, which is run: its name is all the trust that takes.

    Args:
        path: of an AOTInductor package (.pt2) or a TorchScript module (.pt, .ts); with `trust` also
            of a module that `torch.save(model, path)` has written.
        device: where to; None: where it was compiled for or saved from.
        trust: unpickle a .pt that is no TorchScript module. A pickle can run any code.

    Raises:
        ModelError: the file holds no such model, or one that has to be trusted.
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
        if path.suffix == ".pt2":
            return AotiPackage(path)
        if is_pickled(path):
            return _unpickled(path, where, trust)
        return _script(path, where)


def is_pickled(path: Path) -> bool:
    """Whether that is a file of `torch.save` or of pickle; nothing in it is unpickled for that.

    Raises:
        ModelError: it cannot be read.
    """
    if not is_file(path):
        return False
    try:
        with path.open("rb") as file:
            if file.read(1) == _PICKLE:
                return True
            with zipfile.ZipFile(file) as archive:
                names = {name.rpartition("/")[2] for name in archive.namelist()}
    except OSError as error:
        raise ModelError(f"cannot read {path}: {error.strerror or text_of(error)}") from None
    # zipfile raises NotImplementedError for an archive of a later version of the format than it
    # knows: such a file is no module that torch has written.
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False
    return "data.pkl" in names and "constants.pkl" not in names


_PICKLE = b"\x80"
"""First byte of a pickle: its opcode PROTO, which protocols from 2 on begin with."""


def _unpickled(path: Path, device: Device | None, trust: bool) -> torch.nn.Module:
    if not trust:
        raise ModelError(
            f"{path} was saved by pickle, which can run any code: pass --trust if you trust where "
            "it comes from (in Python: pytimer.open_model(path, trust=True))"
        )
    where = None if device is None else device.name
    try:
        with warnings.catch_warnings(action="ignore"):
            model = torch.load(path, map_location=where, weights_only=False)
    except OF_OTHERS as error:
        reason = text_of(error).splitlines()[0]
        raise ModelError(
            f"{path} cannot be unpickled ({reason}); what its classes are in must be importable: "
            "set PYTHONPATH"
        ) from error
    if not isinstance(model, torch.nn.Module):
        raise ModelError(
            f"{path} holds a {type(model).__name__}, expected a module; a state dict needs its "
            "code, so name a factory as file.py:factory"
        )
    return model


def _script(path: Path, device: Device | None) -> torch.jit.ScriptModule:
    if not is_file(path):
        raise ModelError(f"no file at {path}")
    try:
        with warnings.catch_warnings(action="ignore"):  # of deprecation; a caveat has that
            script = torch.jit.load(path, map_location=None if device is None else device.name)
    except RuntimeError as error:
        reason = (str(error).strip() or text_of(error)).splitlines()[0]
        raise ModelError(
            f"{path} is no TorchScript module: expected what torch.jit.save has written ({reason})"
        ) from None
    assert isinstance(script, torch.jit.ScriptModule)
    if not script._c._has_method("forward"):
        raise ModelError(f"{path} holds a TorchScript module without a method forward to call")
    return script
