"""Models that a function makes: `package.module:factory` or `file.py:factory`."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from pathlib import Path
from typing import Any

from pytimer.errors import OF_OTHERS, ModelError, text_of
from pytimer.files import is_file
from pytimer.models.named import NamedModel


def made_by_factory(name: str) -> NamedModel:
    """What the factory returns, with the `make_inputs` beside it.

    Raises:
        ModelError: no such module, file or function, it raised, or it returned no callable.
    """
    source, _, attribute = name.rpartition(":")
    module = _module_from_file(Path(source)) if source.endswith(".py") else _module(source)
    factory = getattr(module, attribute, None)
    if not callable(factory):
        raise ModelError(f"{source} has no function {attribute!r}; expected SOURCE:FACTORY")
    try:
        model = factory()
    except OF_OTHERS as error:
        raise ModelError(f"{name}() raised {text_of(error)}") from error
    if not callable(model):
        raise ModelError(f"{name}() must return a callable model, got {type(model).__name__}")
    make_inputs = getattr(module, "make_inputs", None)
    return NamedModel(
        name, model, make_inputs=make_inputs if inspect.isfunction(make_inputs) else None
    )


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except OF_OTHERS as error:
        raise ModelError(f"cannot import {name!r}: {text_of(error)}") from error


def _module_from_file(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if not is_file(path) or spec is None or spec.loader is None:
        raise ModelError(f"no Python file at {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    try:
        spec.loader.exec_module(module)
    except OF_OTHERS as error:
        raise ModelError(f"cannot run {path}: {text_of(error)}") from error
    return module
