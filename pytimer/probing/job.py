"""What a worker process needs to know, and how it gets there: by a temporary file."""

from __future__ import annotations

import io
import pickle
import sys
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.machinery import PathFinder
from types import ModuleType
from typing import Any

import torch

from pytimer.aoti import Arguments
from pytimer.errors import PyTimerError, text_of
from pytimer.model_setup import Setup
from pytimer.plan import Call
from pytimer.probing.in_process import ProbePlan
from pytimer.probing.probe import MakeInputs
from pytimer.torch_settings import TorchSettings
from pytimer.workload import Model


class CannotSendError(PyTimerError):
    """The workload cannot be sent to a worker process; the message has the reason."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker needs to know before it can try sizes.

    Attributes:
        model: not compiled by torch.compile: the worker does that itself.
    """

    model: Model
    sets: tuple[Arguments, ...]
    make_inputs: MakeInputs | None
    name: str
    call_plan: Call
    device: str
    plan: ProbePlan
    settings: TorchSettings
    setup: Setup


def written(
    job: object, name: str, code: Sequence[object], tensors_on: torch.device | None = None
) -> Any:
    """The job in a file that has no name and so is never left behind.

    Args:
        name: of the model, for the error.
        code: the parts that are someone else's code.
        tensors_on: where the tensors are put when the file is read; None: where they are now.

    Raises:
        CannotSendError: it cannot be pickled, or the package for that is missing.
    """
    try:
        import cloudpickle  # by value what cannot be imported: lambdas, classes of a script
    except ImportError:
        raise CannotSendError(
            "the package cloudpickle is missing: pip install cloudpickle"
        ) from None

    def reduce(part: Any) -> Any:
        if isinstance(part, torch.jit.ScriptModule):
            return _saved_script(part, tensors_on)
        if isinstance(part, torch.Tensor) and _is_moved(part, tensors_on):
            return part.detach().to(tensors_on).__reduce_ex__(pickle.HIGHEST_PROTOCOL)
        return usual(part)

    file = tempfile.TemporaryFile()  # noqa: SIM115
    try:
        with warnings.catch_warnings(action="ignore"), _by_value(_unfindable_modules(code)):
            pickler = cloudpickle.Pickler(file)
            usual, pickler.reducer_override = pickler.reducer_override, reduce
            pickler.dump(job)
        file.flush()
    except (Exception, RecursionError) as error:
        file.close()
        raise CannotSendError(f"{name} cannot be pickled: {text_of(error)}") from None
    return file


def _is_moved(tensor: torch.Tensor, tensors_on: torch.device | None) -> bool:
    """Of a parameter its `data` is: a tensor that is pickled next."""
    if tensors_on is None or isinstance(tensor, torch.nn.Parameter):
        return False
    return tensor.device != tensors_on


def _saved_script(module: torch.jit.ScriptModule, tensors_on: torch.device | None) -> Any:
    """How to pickle a TorchScript module, alone or as a part: by its own format."""
    buffer = io.BytesIO()
    torch.jit.save(module, buffer)
    return _load_script, (buffer.getvalue(), tensors_on)


def _load_script(saved: bytes, tensors_on: torch.device | None) -> torch.jit.ScriptModule:
    with warnings.catch_warnings(action="ignore"):  # of deprecation; a caveat has that
        module: torch.jit.ScriptModule = torch.jit.load(io.BytesIO(saved), tensors_on)
    return module


def _unfindable_modules(code: Sequence[object]) -> list[ModuleType]:
    """Modules of the model's code that another process would not find by their names."""
    parts = [*code]
    for part in code:
        if isinstance(part, torch.nn.Module):
            parts += [type(module) for module in part.modules()]
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
