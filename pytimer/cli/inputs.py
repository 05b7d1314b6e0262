"""What a command calls its model with: --shape, else the function beside it, else its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from pytimer.errors import ModelError, PlanError
from pytimer.items import make_batch

if TYPE_CHECKING:
    from pytimer.models import NamedModel


def inputs_of(
    name: str, named: NamedModel, batch_size: int, options: dict[str, Any]
) -> tuple[Any, Callable[[int], Any] | None]:
    """The inputs, and what makes those of another batch size; None: their items are repeated.

    Raises:
        ModelError: nothing says what the model takes.
        PlanError: --dtype for a model that says it, or tensors of --shape that do not go together.
    """
    dtype = options["dtype"]
    if isinstance(named.model, str) and dtype != "float32" and not options["shape"]:
        raise PlanError(f"--dtype is for inputs of --shape; {name} says what it takes")
    if named.make_inputs is not None and not options["shape"]:
        return named.make_inputs(batch_size), named.make_inputs
    tensors = options["shape"] or named.takes
    if not tensors:
        raise ModelError(f"{name} needs inputs: {named.needs}")
    make = partial(make_batch, tensors, dtype=dtype)
    can_repeat = all(tensor.stacked for tensor in tensors)
    return make(batch_size), None if can_repeat else make
