"""Models of transformers: `transformers:NAME` of a model type, a folder or a checkpoint."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pytimer.errors import ModelError, text_of
from pytimer.files import is_folder
from pytimer.models.named import NamedModel
from pytimer.models.packages import imported, making
from pytimer.models.transformers_inputs import ShapeUnknownError, takes


def transformers_model(name: str, *, pretrained: bool) -> NamedModel:
    """The model of a configuration: that of a folder, of a checkpoint, or the default of a type.

    Code of a checkpoint's own is never run.

    Raises:
        ModelError: transformers is missing, there is no such configuration, a type has no weights,
            or the weights cannot be fetched.
    """
    full = f"transformers:{name}"
    transformers = imported("transformers", full)
    is_type = name in transformers.CONFIG_MAPPING and not is_folder(Path(name))
    if is_type and pretrained:
        raise ModelError(
            f"{full} is an architecture, which has no weights; with --pretrained give a "
            "checkpoint's name, or a folder with its files"
        )
    with making(full, pretrained):
        config = _config(transformers, name, is_type)
        made_for = _class(transformers, config)
        if pretrained:
            model = made_for.from_pretrained(
                name, config=config, weights_only=True, trust_remote_code=False
            )
        elif made_for is transformers.AutoModel:
            model = made_for.from_config(config, trust_remote_code=False)
        else:
            model = made_for(config)
    try:
        return NamedModel(full, model, takes(model))
    except ShapeUnknownError as missing:
        return NamedModel(full, model, needs=str(missing))


def _config(transformers: Any, name: str, is_type: bool) -> Any:
    if is_type:
        return transformers.AutoConfig.for_model(name)
    if is_folder(Path(name)) and not (Path(name) / "config.json").is_file():
        raise ModelError(
            f"the folder {name} has no config.json; give one that save_pretrained made"
        )
    try:
        return transformers.AutoConfig.from_pretrained(name, trust_remote_code=False)
    except Exception as error:
        reason = text_of(error).strip().splitlines()[0]
        if is_folder(Path(name)):
            raise ModelError(
                f"cannot use the configuration in {name}: {reason}; code that comes with a "
                "checkpoint is never run: name a factory of your own as file.py:factory"
            ) from error
        near = get_close_matches(name, list(transformers.CONFIG_MAPPING.keys()), n=3, cutoff=0.0)
        raise ModelError(
            f"transformers:{name} is no model type (near: {', '.join(near)}), and no configuration "
            f"of that name could be fetched ({reason}); connect to the internet, or give a local "
            "folder with config.json"
        ) from error


def _class(transformers: Any, config: Any) -> Any:
    """What the checkpoint says it is, else the model without a head."""
    for architecture in config.architectures or ():
        if hasattr(transformers, architecture):
            return getattr(transformers, architecture)
    return transformers.AutoModel
