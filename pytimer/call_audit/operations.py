"""The operations of one call, seen by torch's dispatch mode."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import torch
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode

from pytimer.call_audit.findings import Copies, Wait

_aten = torch.ops.aten

# In inference mode operations made of others come whole: `to` and `item`, not their parts.
_COPIES = (_aten._to_copy, _aten.copy_, _aten.to)
_WAITS_UNTAGGED = (
    _aten.is_nonzero.default,
    _aten.where.default,
    _aten.repeat_interleave.Tensor,
    _aten.repeat_interleave.self_Tensor,
)
_MASKS = (torch.bool, torch.uint8)
_SHAPED_BY_DATA = (torch.Tag.data_dependent_output, torch.Tag.dynamic_output_shape)
_AS_WRITTEN = {
    "_local_scalar_dense": ".item()",
    "item": ".item()",
    "is_nonzero": "bool()",
    "index": "x[mask]",
    "_unique2": "unique",
}


class OperationWatch(TorchDispatchMode):
    """Inside, notes what the operations of a call do between devices, and wait for.

    Attributes:
        recorded: how many operations autograd keeps for gradients.
        made_on_host: how many tensors were made on the host though the call is for a device.
    """

    def __init__(self, device: torch.device, where: Callable[[], str | None]) -> None:
        TorchDispatchMode.__init__(self)
        self._copies: dict[tuple[str, str], Copies] = {}
        self._waits: dict[str, Wait] = {}
        self.recorded = 0
        self.made_on_host = 0
        self._device = device
        self._where = where

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        # True makes the first operation import torch._dynamo, which takes a second.
        return False

    @property
    def copies(self) -> tuple[Copies, ...]:
        return tuple(self._copies.values())

    @property
    def waits(self) -> tuple[Wait, ...]:
        return tuple(self._waits.values())

    def __torch_dispatch__(
        self,
        func: torch._ops.OpOverload,
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        keywords = kwargs or {}
        sources = _tensors((args, keywords))
        if _depends_on_data(func, args) and any(_has_queue(source.device) for source in sources):
            self._note_wait(_as_written(func))
        result = func(*args, **keywords)
        results = _tensors(result)
        if results:
            self._note_copies(func, args, keywords, sources, results[0])
            self._note_host_tensor(func, sources, results[0])
            self._note_gradients(func, sources, results[0])
        return result

    def _note_copies(
        self,
        func: torch._ops.OpOverload,
        args: tuple[Any, ...],
        keywords: dict[str, Any],
        sources: list[torch.Tensor],
        result: torch.Tensor,
    ) -> None:
        is_copy = func.overloadpacket in _COPIES
        if not is_copy and "device" in keywords:  # zeros_like and its kind take only the shape
            return
        for source in sources:
            # A scalar tensor on the host is passed to a kernel by value.
            if source.device != result.device and (is_copy or source.ndim > 0):
                self._note_copy(source, result.device)
                if is_copy and not _is_non_blocking(func, args, keywords):
                    self._note_blocking(source.device, result.device)

    def _note_copy(self, source: torch.Tensor, target: torch.device) -> None:
        way = (str(source.device), str(target))
        seen = self._copies.get(way) or Copies(*way, count=0, size_bytes=0, where=self._where())
        self._copies[way] = replace(
            seen, count=seen.count + 1, size_bytes=seen.size_bytes + source.nbytes
        )

    def _note_blocking(self, source: torch.device, target: torch.device) -> None:
        if "cpu" in (source.type, target.type) and (_has_queue(source) or _has_queue(target)):
            self._note_wait(f"blocking copy to {target}")

    def _note_wait(self, what: str) -> None:
        seen = self._waits.get(what) or Wait(what, count=0, where=self._where())
        self._waits[what] = replace(seen, count=seen.count + 1)

    def _note_host_tensor(
        self, func: torch._ops.OpOverload, sources: list[torch.Tensor], result: torch.Tensor
    ) -> None:
        is_made = not sources or func is _aten.lift_fresh.default
        # A scalar tensor is what the number in `x[mask] = 1` becomes.
        if is_made and result.ndim > 0 and result.device.type == "cpu" != self._device.type:
            self.made_on_host += 1

    def _note_gradients(
        self, func: torch._ops.OpOverload, sources: list[torch.Tensor], result: torch.Tensor
    ) -> None:
        if torch.is_grad_enabled() and func is not _aten.detach.default:
            differentiable = result.is_floating_point() or result.is_complex()
            self.recorded += differentiable and any(source.requires_grad for source in sources)


def _tensors(tree: Any) -> list[torch.Tensor]:
    return [leaf for leaf in pytree.tree_leaves(tree) if isinstance(leaf, torch.Tensor)]


def _has_queue(device: torch.device) -> bool:
    """Whether the host has to wait to know what is in a tensor there."""
    return device.type not in ("cpu", "meta")


def _depends_on_data(func: torch._ops.OpOverload, args: tuple[Any, ...]) -> bool:
    if func is _aten.index.Tensor:  # its shape is known, unless a mask says which
        return any(index is not None and index.dtype in _MASKS for index in args[1])
    return func in _WAITS_UNTAGGED or any(tag in func.tags for tag in _SHAPED_BY_DATA)


def _is_non_blocking(
    func: torch._ops.OpOverload, args: tuple[Any, ...], keywords: dict[str, Any]
) -> bool:
    names = (argument.name for argument in func._schema.arguments)
    given = dict(zip(names, args, strict=False)) | keywords
    return bool(given.get("non_blocking"))


def _as_written(func: torch._ops.OpOverload) -> str:
    name: str = func.overloadpacket.__name__
    return _AS_WRITTEN.get(name, name)
