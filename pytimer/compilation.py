"""Models compiled so that they run without Python: by AOTInductor, and by TorchScript."""

from __future__ import annotations

import shutil
import tempfile
import time
import warnings
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.utils import _pytree as pytree

from pytimer.aoti import (
    CONSTANTS_KEY,
    INPUTS_KEY,
    AotiPackage,
    Arguments,
    InputsTaken,
    constants_of,
)
from pytimer.errors import ModelError, text_of


@dataclass(frozen=True, slots=True)
class CompileTimes:
    """Seconds that each step took."""

    export_s: float
    compile_s: float


def write_package(
    model: Callable[..., Any], arguments: Arguments, path: Path, *, dynamic_batch: bool
) -> CompileTimes:
    """Exports the model and compiles it into a package at `path`.

    Args:
        arguments: what it will be called with: their shapes, dtypes and device.
        dynamic_batch: for any size of dimension 0 of those tensors whose dimension 0 is as long as
            that of the first; they are exported with at least 2.

    Raises:
        ModelError: it cannot be exported or compiled; the message has torch's reason.
    """
    positional, keywords = arguments
    taken = _taken(arguments, dynamic_batch)
    if dynamic_batch:
        positional, keywords = _at_least_two(arguments, _batch_size(arguments))
    module = model if isinstance(model, torch.nn.Module) else _AsModule(model)
    metadata = {
        INPUTS_KEY: taken.as_json(),
        CONSTANTS_KEY: constants_of(pytree.tree_leaves(arguments)),
    }
    begin = time.perf_counter()
    with _as_model_error("exported"):
        shapes = _dynamic_shapes(module, positional, keywords) if dynamic_batch else None
        program = torch.export.export(module, positional, keywords, dynamic_shapes=shapes)
    exported = time.perf_counter()
    with _as_model_error("compiled"):
        configs = {"aot_inductor.metadata": metadata}
        torch._inductor.aoti_compile_and_package(
            program, package_path=str(path), inductor_configs=configs
        )
    return CompileTimes(exported - begin, time.perf_counter() - exported)


@contextmanager
def _as_model_error(done: str) -> Iterator[None]:
    """Turns what torch raises into a ModelError; torch compiles outside inference mode only."""
    try:
        with torch.inference_mode(False), torch.no_grad(), warnings.catch_warnings(action="ignore"):
            yield
    except Exception as error:
        raise ModelError(f"the model cannot be {done}: {first_lines(error)}") from error


def compiled(model: Callable[..., Any], arguments: Arguments) -> AotiPackage:
    """The model as a package in a temporary folder, loaded; the folder goes when the package does.

    Raises:
        ModelError: as `write_package`.
    """
    folder = Path(tempfile.mkdtemp(prefix="pytimer-"))
    try:
        write_package(model, arguments, folder / "model.pt2", dynamic_batch=False)
        package = AotiPackage(folder / "model.pt2")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    weakref.finalize(package, shutil.rmtree, folder, ignore_errors=True)
    return package


def traced(model: Callable[..., Any], arguments: Arguments) -> torch.jit.ScriptModule:
    """The model traced with these arguments. Raises ModelError."""
    positional, keywords = arguments
    if keywords or not all(isinstance(one, torch.Tensor) for one in positional):
        raise ModelError("TorchScript is called with tensors only; give them as a tuple")
    module = model if isinstance(model, torch.nn.Module) else _AsModule(model)
    with _as_model_error("traced"):
        script = torch.jit.trace(module, positional, check_trace=False)
    assert isinstance(script, torch.jit.ScriptModule)
    return script


class _AsModule(torch.nn.Module):
    """A function as the module that torch's exporters ask for."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self._function = function

    def forward(self, *arguments: Any, **keywords: Any) -> Any:
        return self._function(*arguments, **keywords)


def _batch_size(arguments: Arguments) -> int:
    for leaf in pytree.tree_leaves(arguments):
        if isinstance(leaf, torch.Tensor) and leaf.ndim > 0:
            return int(leaf.shape[0])
    raise ModelError("dynamic_batch needs a tensor with a batch dimension among the inputs")


def _at_least_two(arguments: Arguments, batch_size: int) -> Arguments:
    """With two items where there is one: torch.export takes a size of 1 as fixed."""

    def doubled(tensor: torch.Tensor) -> torch.Tensor:
        if batch_size > 1 or tensor.ndim == 0 or tensor.shape[0] != batch_size:
            return tensor
        return torch.cat([tensor, tensor])

    with torch.inference_mode(False):
        resized: Arguments = pytree.tree_map_only(torch.Tensor, doubled, arguments)
    return resized


def _dynamic_shapes(
    module: torch.nn.Module, positional: tuple[Any, ...], keywords: dict[str, Any]
) -> Any:
    batch_size, batch = _batch_size((positional, keywords)), torch.export.Dim("batch", min=1)
    shapes = torch.export.ShapesCollection()
    for leaf in pytree.tree_leaves((positional, keywords)):
        if isinstance(leaf, torch.Tensor) and leaf.ndim > 0 and leaf.shape[0] == batch_size:
            shapes[leaf] = {0: batch}
    return shapes.dynamic_shapes(module, positional, keywords)


def _taken(arguments: Arguments, dynamic_batch: bool) -> InputsTaken:
    tensors = [leaf for leaf in pytree.tree_leaves(arguments) if isinstance(leaf, torch.Tensor)]
    batch_size = _batch_size(arguments) if dynamic_batch else None
    shapes: list[list[int | None]] = [
        [None if i == 0 and size == batch_size else size for i, size in enumerate(tensor.shape)]
        for tensor in tensors
    ]
    return InputsTaken(shapes, [str(t.dtype).removeprefix("torch.") for t in tensors])


def first_lines(error: Exception) -> str:
    """Of a message that torch makes long."""
    lines = [line.strip() for line in text_of(error).splitlines() if line.strip()]
    return " ".join(lines[:3])[:400]
