"""What a worker process needs to know, and how it gets there: by a temporary file."""

from __future__ import annotations

import io
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.machinery import PathFinder
from types import ModuleType
from typing import Any

import torch

from pytimer.aoti import Arguments
from pytimer.errors import PyTimerError, text_of
from pytimer.plan import Call
from pytimer.probing.in_process import ProbePlan
from pytimer.probing.probe import MakeInputs
from pytimer.torch_settings import TorchSettings
from pytimer.workload import Model


class CannotSendError(PyTimerError):
    """The workload cannot be sent to a worker process; the message has the reason."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker needs to know before it can try sizes."""

    model: Model
    sets: tuple[Arguments, ...]
    make_inputs: MakeInputs | None
    name: str
    call_plan: Call
    device: str
    plan: ProbePlan
    settings: TorchSettings


def written(job: Job) -> Any:
    """The job in a file that has no name and so is never left behind; raises CannotSendError."""
    try:
        import cloudpickle  # by value what cannot be imported: lambdas, classes of a script
    except ImportError:
        raise CannotSendError(
            "the package cloudpickle is missing: pip install cloudpickle"
        ) from None

    def reduce(part: Any) -> Any:
        return _saved_script(part) if isinstance(part, torch.jit.ScriptModule) else usual(part)

    file = tempfile.TemporaryFile()  # noqa: SIM115
    try:
        with warnings.catch_warnings(action="ignore"), _by_value(_unfindable_modules(job)):
            pickler = cloudpickle.Pickler(file)
            usual, pickler.reducer_override = pickler.reducer_override, reduce
            pickler.dump(job)
        file.flush()
    except (Exception, RecursionError) as error:
        file.close()
        raise CannotSendError(f"{job.name} cannot be pickled: {text_of(error)}") from None
    return file


def _saved_script(module: torch.jit.ScriptModule) -> Any:
    """How to pickle a TorchScript module, alone or as a part: by its own format."""
    buffer = io.BytesIO()
    torch.jit.save(module, buffer)
    return _load_script, (buffer.getvalue(),)


def _load_script(saved: bytes) -> torch.jit.ScriptModule:
    module: torch.jit.ScriptModule = torch.jit.load(io.BytesIO(saved))
    return module


def _unfindable_modules(job: Job) -> list[ModuleType]:
    """Modules of the model's code that another process would not find by their names."""
    parts: list[Any] = [job.model, job.make_inputs]
    if isinstance(job.model, torch.nn.Module):
        parts += [type(module) for module in job.model.modules()]
    names = {getattr(part, "__module__", None) for part in parts} - {None, "__main__"}
    modules = [sys.modules[name] for name in names if name in sys.modules]
    return [module for module in modules if not _is_findable(module)]


def _is_findable(module: ModuleType) -> bool:
    file = getattr(module, "__file__", None)
    if file is None:  # built in
        return True
    package = sys.modules.get(module.__name__.rpartition(".")[0])
    spec = PathFinder.find_spec(module.__name__, getattr(package, "__path__", None))
    return spec is not None and spec.origin == file


@contextmanager
def _by_value(modules: list[ModuleType]) -> Iterator[None]:
    import cloudpickle

    for module in modules:
        cloudpickle.register_pickle_by_value(module)
    try:
        yield
    finally:
        for module in modules:
            cloudpickle.unregister_pickle_by_value(module)
