"""Whether a compiled model computes what the model it was made from computes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch.utils import _pytree as pytree

from pytimer import require
from pytimer.aoti import Arguments

LEAST_DIFFERENCE = 1e-3
"""By which the outputs for two inputs must differ, or comparing outputs says nothing."""

_TOLERANCES = {torch.float16: 1e-2, torch.bfloat16: 3e-2, torch.float64: 1e-6}
"""Relative and absolute, by the type of an output; compiled kernels add in another order. Others:
1e-3."""


@dataclass(frozen=True, slots=True)
class Equivalence:
    """What comparing the outputs of two models has shown.

    Attributes:
        verdict: "equal": within the tolerance for two inputs whose outputs differ. "different".
            "not checkable": the outputs do not depend on the input, or cannot be compared.
        largest_difference: between the outputs of the two models; None where not compared, and
            where it is larger than any number of a result.
        tolerance: relative and absolute, as `torch.allclose` takes them, of the strictest output;
            None where not compared.
    """

    verdict: Literal["equal", "different", "not checkable"]
    reason: str
    largest_difference: float | None = None
    tolerance: float | None = None


def compare(
    reference: Callable[..., Any], other: Callable[..., Any], arguments: Arguments
) -> Equivalence:
    """Compares the outputs for `arguments`, and for others of the same shapes.

    Raises:
        Whatever a model raises.
    """
    others = pytree.tree_map_only(torch.Tensor, _another, arguments)
    wanted = [_outputs(reference, one) for one in (arguments, others)]
    got = [_outputs(other, one) for one in (arguments, others)]
    kinds = [[[(t.shape, t.dtype) for t in one] for one in pair] for pair in (wanted, got)]
    if kinds[0] != kinds[1]:
        return Equivalence("different", "the outputs have other shapes or types")
    if not wanted[0]:
        return Equivalence("not checkable", "the outputs hold no numbers")
    pairs = list(zip(wanted, got, strict=True))
    tolerance = min(_tolerance(tensor) for tensor in wanted[0])
    largest = max(_largest_difference(one, another) for one, another in pairs)
    difference = largest if largest <= require.MOST else None
    if not all(_all_close(one, another) for one, another in pairs):
        return Equivalence("different", "the outputs differ", difference, tolerance)
    first, second = wanted
    apart = _largest_difference(first, second)
    if apart > LEAST_DIFFERENCE and not _all_close(first, second):
        return Equivalence("equal", "the outputs agree", difference, tolerance)
    reason = (
        f"the outputs for two inputs differ by {apart:.2g} only: the model ignores its input, as "
        "it may with random weights"
    )
    if _same(arguments, others):
        reason = "no other input could be drawn from this one"
    return Equivalence("not checkable", reason, difference, tolerance)


def _outputs(model: Callable[..., Any], arguments: Arguments) -> list[torch.Tensor]:
    """Tensors and numbers; a compiled model returns constants as tensors."""
    # Each call has inputs of its own, since a model may write into them.
    positional, keywords = pytree.tree_map_only(torch.Tensor, torch.clone, arguments)
    leaves = pytree.tree_leaves(model(*positional, **keywords))
    return [
        torch.as_tensor(leaf).detach().clone().cpu()
        for leaf in leaves
        if isinstance(leaf, torch.Tensor | bool | int | float | complex)
    ]


def _another(tensor: torch.Tensor) -> torch.Tensor:
    """Other values of the same kind, drawn with a generator of its own."""
    generator = torch.Generator().manual_seed(1)
    if tensor.dtype == torch.bool:
        return torch.logical_not(tensor)
    if tensor.is_floating_point() or tensor.is_complex():
        dtype = torch.complex64 if tensor.is_complex() else torch.float32
        drawn = torch.randn(tensor.shape, generator=generator, dtype=dtype)
        return drawn.to(tensor.device, tensor.dtype)
    if tensor.numel() == 0:
        return tensor
    low, high = int(tensor.min()), int(tensor.max())  # indices must stay within what is known
    return torch.randint(low, high + 1, tensor.shape, generator=generator).to(
        tensor.device, tensor.dtype
    )


def _same(arguments: Arguments, others: Arguments) -> bool:
    pairs = zip(pytree.tree_leaves(arguments), pytree.tree_leaves(others), strict=True)
    return all(torch.equal(a, b) for a, b in pairs if isinstance(a, torch.Tensor))


def _tolerance(tensor: torch.Tensor) -> float:
    return _TOLERANCES.get(tensor.dtype, 1e-3)


def _wide(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.to(torch.complex128 if tensor.is_complex() else torch.float64)


def _all_close(ones: list[torch.Tensor], others: list[torch.Tensor]) -> bool:
    return all(
        torch.allclose(
            _wide(one), _wide(other), rtol=_tolerance(one), atol=_tolerance(one), equal_nan=True
        )
        for one, other in zip(ones, others, strict=True)
    )


def _largest_difference(ones: list[torch.Tensor], others: list[torch.Tensor]) -> float:
    """Infinite where only one of two numbers is no number, or infinite."""
    largest = 0.0
    for one, other in zip(map(_wide, ones), map(_wide, others), strict=True):
        apart = (one - other).abs()
        apart[(one == other) | (one.isnan() & other.isnan())] = 0
        if apart.numel():
            largest = max(largest, float(apart.nan_to_num(nan=math.inf, posinf=math.inf).max()))
    return largest
