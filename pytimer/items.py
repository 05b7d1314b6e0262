"""The tensors that a model takes for one item, and batches of them. torch is imported on use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytimer.errors import PlanError, shown
from pytimer.plan import check_count, check_flag, check_sizes

if TYPE_CHECKING:
    import torch

DTYPES = ("float32", "float16", "bfloat16", "float64")
"""Of models, and of inputs that name no other."""

ITEM_DTYPES = (*DTYPES, "int64", "int32", "int16", "int8", "uint8", "bool")


@dataclass(frozen=True, slots=True)
class ItemTensor:
    """One tensor of one item, without the batch dimension.

    Attributes:
        shape: sizes; () is one number for each item.
        name: the keyword it is passed as; None: by position.
        dtype: one of ITEM_DTYPES; None: that of the model.
        at_least, below: integers are random in [at_least, below).
        stacked: the items form one tensor; otherwise a list with one tensor for each.
    """

    shape: tuple[int, ...]
    name: str | None = None
    dtype: str | None = None
    at_least: int = 0
    below: int = 2
    stacked: bool = True

    def __post_init__(self) -> None:
        check_sizes("shape", self.shape, 0)
        if self.name is not None and not _is_keyword(self.name):
            raise PlanError(f"name must be a keyword or None, got {shown(self.name)}")
        if not isinstance(self.dtype, str | None) or self.dtype not in (None, *ITEM_DTYPES):
            known = ", ".join(ITEM_DTYPES)
            raise PlanError(f"dtype must be one of {known}, or None; got {shown(self.dtype)}")
        check_count("at_least", self.at_least, -(2**63))
        check_count("below", self.below, self.at_least + 1)
        check_flag("stacked", self.stacked)

    def batch(self, batch_size: int, dtype: str) -> torch.Tensor | list[torch.Tensor]:
        """`batch_size` random items on the host: normal floats, uniform integers, coin flips.

        Args:
            dtype: for a tensor that names none.
        """
        if self.stacked:
            return self._random((batch_size, *self.shape), dtype)
        return [self._random(self.shape, dtype) for _ in range(batch_size)]

    def _random(self, shape: tuple[int, ...], dtype: str) -> torch.Tensor:
        import torch

        wanted: torch.dtype = getattr(torch, self.dtype or dtype)
        if wanted.is_floating_point:
            return torch.randn(shape, dtype=wanted)
        return torch.randint(self.at_least, self.below, shape).to(wanted)


def _is_keyword(name: object) -> bool:
    return isinstance(name, str) and name.isidentifier()


def check_names(tensors: Sequence[ItemTensor]) -> None:
    """Raises PlanError unless all are named, each once, or none is."""
    names = [tensor.name for tensor in tensors if tensor.name is not None]
    if names and len(names) < len(tensors):
        raise PlanError(
            "inputs are passed by position or by name, got both kinds; name every one, as "
            "input_ids=128:int64"
        )
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise PlanError(f"expected each input once, got {twice[0]} twice; leave one out")


def make_batch(tensors: Sequence[ItemTensor], batch_size: int, dtype: str) -> Any:
    """Random inputs as `prepared` takes them: a tuple of arguments, or a dict of keywords.

    Args:
        dtype: for tensors that name none.

    Raises:
        PlanError: some are named and some are not, or two have the same name.
    """
    check_names(tensors)
    batches = tuple(tensor.batch(batch_size, dtype) for tensor in tensors)
    names = tuple(tensor.name for tensor in tensors)
    return batches if None in names else dict(zip(names, batches, strict=True))
