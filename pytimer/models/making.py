"""Tells from a name where its model comes from."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

import torch

from pytimer.errors import ModelError
from pytimer.model_files import SUFFIXES
from pytimer.models.compiled import from_file
from pytimer.models.efficientnet import SIZE_OF, efficientnet
from pytimer.models.factories import made_by_factory
from pytimer.models.named import NamedModel
from pytimer.models.timm_models import timm_model
from pytimer.models.torchvision_models import torchvision_model
from pytimer.models.transformers_models import transformers_model

_LIBRARIES = {
    "timm": timm_model,
    "torchvision": torchvision_model,
    "transformers": transformers_model,
}


def make_model(
    name: str, *, pretrained: bool = False, seed: int = 0, trust: bool = False
) -> NamedModel:
    """The model called `name`.

    Args:
        name: efficientnet-b0 to -b8, timm:NAME, torchvision:NAME, transformers:NAME_OR_FOLDER,
            `package.module:factory`, `file.py:factory`, or a file that ends in .pt2, .pt or .ts,
            which is opened when it is measured.
        pretrained: fetch weights; otherwise they are random.
        seed: of random weights.
        trust: as for `open_model`. Code that comes with a checkpoint of transformers is not run.

    Raises:
        ModelError: no such model, a package is missing, or the weights cannot be fetched.
    """
    torch.manual_seed(seed)
    library, _, rest = name.partition(":")
    if library in _LIBRARIES and rest:
        return _LIBRARIES[library](rest, pretrained=pretrained)
    if name in SIZE_OF:
        return efficientnet(name, pretrained=pretrained)
    if Path(name).suffix in SUFFIXES:
        if pretrained:
            raise ModelError(f"--pretrained is for the named models; {name} has its weights")
        return from_file(name, trust=trust)
    if ":" in name:
        if pretrained:
            raise ModelError(f"--pretrained is for the named models; {name} makes its own weights")
        return made_by_factory(name)
    near = get_close_matches(name, SIZE_OF, n=3, cutoff=0.3)
    hint = f"did you mean {', '.join(near)}" if near else f"known: {', '.join(SIZE_OF)}"
    raise ModelError(
        f"unknown model {name!r}; {hint}, or name one as timm:NAME, torchvision:NAME, "
        "transformers:NAME or file.py:factory"
    )
