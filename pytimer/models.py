"""Models by name, with random weights unless pretrained ones are asked for."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.error import URLError

import torch

from pytimer.aoti import inputs_taken
from pytimer.errors import ModelError, text_of
from pytimer.model_files import SUFFIXES
from pytimer.workload import ModelOrPath

_EFFICIENTNET_SIZES = (224, 240, 260, 300, 380, 456, 528, 600, 672)
"""Image size that each of b0 to b8 was made for. Tan and Le (2019)."""

NAMED = {f"efficientnet-b{index}": size for index, size in enumerate(_EFFICIENTNET_SIZES)}


@dataclass(frozen=True, slots=True)
class NamedModel:
    """A model made by name, or the path of one that runs without Python.

    Attributes:
        item_shape: shape of one input item, without the batch dimension; None where not known.
        make_inputs: the inputs for a batch size, where the factory's module has such a function.
    """

    name: str
    model: ModelOrPath
    item_shape: tuple[int, ...] | None
    make_inputs: Callable[[int], Any] | None = None


def make_model(name: str, *, pretrained: bool = False, seed: int = 0) -> NamedModel:
    """The model called `name`: efficientnet-b0 to -b8, `package.module:factory`, `file.py:factory`,
    or a file that ends in .pt2, .pt or .ts, which is opened when it is measured.

    Raises:
        ModelError: no such model, a package is missing, or the weights cannot be fetched.
    """
    torch.manual_seed(seed)
    if name in NAMED:
        return _efficientnet(name, pretrained)
    if Path(name).suffix in SUFFIXES:
        return _from_file(name, pretrained)
    if ":" in name:
        if pretrained:
            raise ModelError(f"--pretrained is for the named models; {name} makes its own weights")
        return _from_factory(name)
    near = get_close_matches(name, NAMED, n=3, cutoff=0.3)
    hint = f"did you mean {', '.join(near)}" if near else f"known: {', '.join(NAMED)}"
    raise ModelError(f"unknown model {name!r}; {hint}, or name a factory as file.py:factory")


def _efficientnet(name: str, pretrained: bool) -> NamedModel:
    try:
        from efficientnet_pytorch import EfficientNet
    except ImportError:
        raise ModelError(
            f"{name} needs the package efficientnet-pytorch: pip install efficientnet-pytorch"
        ) from None
    if pretrained:
        try:
            model = EfficientNet.from_pretrained(name)
        except (URLError, OSError) as error:
            raise ModelError(
                f"the pretrained weights of {name} could not be fetched ({error}); connect to the "
                "internet, or leave --pretrained out (random weights take the same time)"
            ) from None
    else:
        model = EfficientNet.from_name(name)
    return NamedModel(name, model, (3, NAMED[name], NAMED[name]))


def _from_file(name: str, pretrained: bool) -> NamedModel:
    if pretrained:
        raise ModelError(f"--pretrained is for the named models; {name} has its weights")
    path = Path(name)
    taken = inputs_taken(path) if path.suffix == ".pt2" else None
    return NamedModel(path.name, name, None, None if taken is None else taken.make)


def _from_factory(name: str) -> NamedModel:
    source, _, attribute = name.rpartition(":")
    module = _module_from_file(Path(source)) if source.endswith(".py") else _module(source)
    factory = getattr(module, attribute, None)
    if not callable(factory):
        raise ModelError(f"{source} has no function {attribute!r}; expected SOURCE:FACTORY")
    try:
        model = factory()
    except (Exception, SystemExit) as error:
        raise ModelError(f"{name}() raised {text_of(error)}") from error
    if not callable(model):
        raise ModelError(f"{name}() must return a callable model, got {type(model).__name__}")
    make_inputs = getattr(module, "make_inputs", None)
    return NamedModel(name, model, None, make_inputs if inspect.isfunction(make_inputs) else None)


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:
        raise ModelError(f"cannot import {name!r}: {text_of(error)}") from error


def _module_from_file(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise ModelError(f"no Python file at {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise ModelError(f"cannot run {path}: {text_of(error)}") from error
    return module
