"""Whether a compiled model computes what the model it was made from computes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch.utils import _pytree as pytree

Arguments = tuple[tuple[Any, ...], dict[str, Any]]

LEAST_DIFFERENCE = 1e-3
"""By which the outputs for two inputs must differ, or comparing outputs says nothing."""

_TOLERANCES = {torch.float16: 1e-2, torch.bfloat16: 3e-2, torch.float64: 1e-6}
"""Relative and absolute; compiled kernels add in another order. Others: 1e-3."""


@dataclass(frozen=True, slots=True)
class Equivalence:
    """What comparing the outputs of two models has shown.

    Attributes:
        verdict: "equal": within the tolerance for two inputs whose outputs differ. "different".
            "not checkable": the outputs do not depend on the input, or cannot be compared.
        largest_difference: between the outputs of the two models; None where not compared.
        tolerance: relative and absolute, as `torch.allclose` takes them; None likewise.
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
        return Equivalence("not checkable", "the outputs hold no tensors")
    tolerance = max(_TOLERANCES.get(tensor.dtype, 1e-3) for tensor in wanted[0])
    pairs = list(zip(wanted, got, strict=True))
    largest = max(_largest_difference(one, other) for one, other in pairs)
    difference = largest if math.isfinite(largest) else None
    if not all(_all_close(one, other, tolerance) for one, other in pairs):
        return Equivalence("different", "the outputs differ", difference, tolerance)
    one, another = wanted
    apart = _largest_difference(one, another)
    if apart <= LEAST_DIFFERENCE or _all_close(one, another, tolerance):
        return Equivalence(
            "not checkable",
            f"the outputs for two inputs differ by {apart:.2g} only: the model ignores its input, "
            "as it may with random weights",
            difference,
            tolerance,
        )
    return Equivalence("equal", "the outputs agree", difference, tolerance)


def _outputs(model: Callable[..., Any], arguments: Arguments) -> list[torch.Tensor]:
    positional, keywords = arguments
    leaves = pytree.tree_leaves(model(*positional, **keywords))
    return [leaf.detach().clone() for leaf in leaves if isinstance(leaf, torch.Tensor)]


def _another(tensor: torch.Tensor) -> torch.Tensor:
    """Other values of the same kind, drawn with a generator of its own."""
    generator = torch.Generator().manual_seed(1)
    if tensor.is_floating_point():
        drawn = torch.randn(tensor.shape, generator=generator)
        return drawn.to(tensor.device, tensor.dtype)
    if tensor.dtype == torch.bool or tensor.is_complex() or tensor.numel() == 0:
        return tensor
    low, high = int(tensor.min()), int(tensor.max())  # indices must stay within what is known
    return torch.randint(low, high + 1, tensor.shape, generator=generator).to(
        tensor.device, tensor.dtype
    )


def _all_close(ones: list[torch.Tensor], others: list[torch.Tensor], tolerance: float) -> bool:
    return all(
        torch.allclose(one, other, rtol=tolerance, atol=tolerance, equal_nan=True)
        for one, other in zip(ones, others, strict=True)
    )


def _largest_difference(ones: list[torch.Tensor], others: list[torch.Tensor]) -> float:
    """Infinite where only one of two numbers is no number, or infinite."""
    largest = 0.0
    for one, other in zip(ones, others, strict=True):
        apart = (one.double() - other.double()).abs()
        apart[(one == other) | (one.isnan() & other.isnan())] = 0
        if apart.numel():
            largest = max(largest, float(apart.nan_to_num(nan=math.inf, posinf=math.inf).max()))
    return largest
