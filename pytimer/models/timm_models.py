"""Models of timm: `timm:NAME`."""

from __future__ import annotations

from pytimer.errors import ModelError
from pytimer.items import ItemTensor
from pytimer.models.named import NamedModel
from pytimer.models.packages import imported, making, unknown


def timm_model(name: str, *, pretrained: bool) -> NamedModel:
    """The model that timm calls `name`, with or without a tag such as .a1_in1k.

    Raises:
        ModelError: timm is missing or has no such model, or the weights cannot be fetched.
    """
    full = f"timm:{name}"
    timm = imported("timm", full)
    if not timm.is_model(name):
        raise unknown(full, name.partition(".")[0], timm.list_models())
    if pretrained and not timm.models.is_model_pretrained(name):
        raise ModelError(f"timm has no pretrained weights for {name}; leave --pretrained out")
    with making(full, pretrained):
        model = timm.create_model(name, pretrained=pretrained)
    size = model.pretrained_cfg.get("input_size")
    return NamedModel(full, model, () if size is None else (ItemTensor(tuple(size)),))
