"""efficientnet-b0 to -b8 of the package efficientnet-pytorch."""

from __future__ import annotations

from pytimer.items import ItemTensor
from pytimer.models.named import NamedModel
from pytimer.models.packages import imported, making

_SIZES = (224, 240, 260, 300, 380, 456, 528, 600, 672)
"""Image size that each of b0 to b8 was made for. Tan and Le (2019)."""

SIZE_OF = {f"efficientnet-b{index}": size for index, size in enumerate(_SIZES)}


def efficientnet(name: str, *, pretrained: bool) -> NamedModel:
    """The EfficientNet called `name`, a key of SIZE_OF.

    Raises:
        ModelError: the package is missing, or the weights cannot be fetched.
    """
    package = imported("efficientnet_pytorch", name)
    make = package.EfficientNet.from_pretrained if pretrained else package.EfficientNet.from_name
    with making(name, pretrained):
        model = make(name)
    return NamedModel(name, model, (ItemTensor((3, SIZE_OF[name], SIZE_OF[name])),))
