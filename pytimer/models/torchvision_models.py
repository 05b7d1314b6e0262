"""Models of torchvision: `torchvision:NAME`."""

from __future__ import annotations

import inspect
from typing import Any

from pytimer.errors import ModelError
from pytimer.items import ItemTensor
from pytimer.models.named import NamedModel
from pytimer.models.packages import imported, making, unknown

_FRAMES = 16
"""Of a clip: what the 3D ResNets and MViT were trained with. Tran et al. (2018)."""

_SEGMENTED = (520, 520)
_FLOW = (520, 960)
"""Images of optical flow: sides that 8 divides, as RAFT wants. Teed and Deng (2020)."""


def torchvision_model(name: str, *, pretrained: bool) -> NamedModel:
    """The model that torchvision calls `name`, with what its task takes.

    Raises:
        ModelError: torchvision is missing or has no such model, the model is a quantized one, or
            the weights cannot be fetched.
    """
    full = f"torchvision:{name}"
    models = imported("torchvision.models", full)
    known = models.list_models()
    if name not in known:
        raise unknown(full, name, known)
    builder = models.get_model_builder(name)
    task = builder.__module__.removeprefix("torchvision.models.").partition(".")[0]
    if task == "quantization":
        raise ModelError(
            f"{full} computes with the int8 operators of one CPU engine, which pytimer does not "
            f"set; measure torchvision:{name.removeprefix('quantized_')}, or name a factory as "
            "file.py:factory"
        )
    weights = models.get_model_weights(name).DEFAULT
    # The backbone would be fetched even where the model itself is to be random.
    has_backbone = "weights_backbone" in inspect.signature(builder).parameters
    options: dict[str, Any] = {"weights_backbone": None} if has_backbone else {}
    with making(full, pretrained):
        model = builder(weights=weights if pretrained else None, progress=False, **options)
    return NamedModel(full, model, _takes(task, model, weights))


def _takes(task: str, model: Any, weights: Any) -> tuple[ItemTensor, ...]:
    match task:
        case "detection":
            side = model.transform.min_size[-1]
            return (ItemTensor((3, side, side), stacked=False),)
        case "segmentation":
            return (ItemTensor((3, *_SEGMENTED)),)
        case "optical_flow":
            return (ItemTensor((3, *_FLOW)), ItemTensor((3, *_FLOW)))
        case "video":
            return (ItemTensor((3, _FRAMES, *_crop(weights))),)
        case _:
            return (ItemTensor((3, *_crop(weights))),)


def _crop(weights: Any) -> tuple[int, int]:
    """Height and width that the transforms of the weights end with; nothing is fetched."""
    size = weights.transforms.keywords["crop_size"]
    return (size, size) if isinstance(size, int) else tuple(size)
