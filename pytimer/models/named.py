"""What a name stands for: a model, and what it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pytimer.items import ItemTensor
from pytimer.workload import ModelOrPath


@dataclass(frozen=True, slots=True)
class NamedModel:
    """A model made by name, or the path of one that runs without Python.

    Attributes:
        takes: the tensors of one item; () where not known.
        make_inputs: the inputs for a batch size, where the source of the model says them itself.
        needs: why `takes` is not known, and what to give.
    """

    name: str
    model: ModelOrPath
    takes: tuple[ItemTensor, ...] = ()
    make_inputs: Callable[[int], Any] | None = None
    needs: str = "give --shape, or define make_inputs(batch_size) beside it"
