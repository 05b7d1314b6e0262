"""The wrong ways to make a call: each a workload of its own with one mistake in it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from torch.utils import _pytree as pytree

from pytimer.errors import PlanError
from pytimer.mistakes.as_found import gradients, random_numbers_kept, training_mode
from pytimer.mistakes.names import ON_HOST, MistakeName
from pytimer.workload import Workload


@dataclass(frozen=True, slots=True)
class Way:
    """Calls to be timed one by one; `inside` is held while they are made, and not timed."""

    workload: Workload
    inside: Callable[[], AbstractContextManager[None]] = nullcontext


def wrong_ways(workload: Workload) -> dict[MistakeName, Way | str]:
    """The mistakes that are made in a call, each as a way to make it, or why there is none."""
    ways: dict[MistakeName, Way | str] = {
        "no-no-grad": _with_gradients(workload),
        "no-eval": _in_training_mode(workload),
    }
    makers: dict[MistakeName, Callable[[Workload], Way]] = {
        "copy-in-timing": _copying,
        "allocation-in-timing": _allocating,
        "sync-in-timing": _reading_the_output,
    }
    for name, make in makers.items():
        if name in ON_HOST and not workload.device.asynchronous:
            ways[name] = ON_HOST[name]
        elif not workload.input_bytes and name != "sync-in-timing":
            ways[name] = "the model takes no tensors"
        else:
            ways[name] = make(workload)
    return ways


def _with_gradients(workload: Workload) -> Way | str:
    model = workload.model
    if not isinstance(model, torch.nn.Module):
        return "the model has no parameters that need gradients: it is no torch.nn.Module"
    if not any(parameter.requires_grad for parameter in model.parameters()):
        return "the model has no parameters that need gradients"
    return Way(workload, gradients)


def _in_training_mode(workload: Workload) -> Way | str:
    if not isinstance(workload.model, torch.nn.Module):
        return "the model has no training mode: it is no torch.nn.Module"
    return Way(workload, partial(training_mode, workload.model, workload.device))


def _copying(workload: Workload) -> Way:
    on_host = pytree.tree_map_only(torch.Tensor, torch.Tensor.cpu, workload.sets)
    return Way(_changing_inputs(replace(workload, sets=on_host), workload.device.place))


def _allocating(workload: Workload) -> Way:
    return Way(
        _changing_inputs(workload, _made_anew), partial(random_numbers_kept, workload.device)
    )


def _made_anew(tensor: torch.Tensor) -> torch.Tensor:
    """Random numbers, as by `torch.randn`; integers, which may be indices, are copied."""
    is_number = tensor.is_floating_point() or tensor.is_complex()
    return torch.randn_like(tensor) if is_number else tensor.clone()


def _changing_inputs(
    workload: Workload, change: Callable[[torch.Tensor], torch.Tensor]
) -> Workload:
    """Calls the model with what `change` makes of each tensor."""
    function = workload.function

    def plain(*tensors: torch.Tensor) -> Any:
        return function(*map(change, tensors))

    def nested(*arguments: Any, **keywords: Any) -> Any:
        inputs = (arguments, keywords)
        arguments, keywords = pytree.tree_map_only(torch.Tensor, change, inputs)
        return function(*arguments, **keywords)

    # Walking a nested structure takes microseconds that nobody's mistake takes.
    is_plain = all(
        not keywords and all(isinstance(argument, torch.Tensor) for argument in arguments)
        for arguments, keywords in workload.sets
    )
    return replace(workload, model=plain if is_plain else nested, optimized=None)


def _reading_the_output(workload: Workload) -> Way:
    function = workload.function

    def call(*arguments: Any, **keywords: Any) -> Any:
        output = function(*arguments, **keywords)
        _a_tensor_of(output).flatten()[0].item()
        return output

    return Way(replace(workload, model=call, optimized=None))


def _a_tensor_of(output: Any) -> torch.Tensor:
    if isinstance(output, torch.Tensor):
        return output
    for leaf in pytree.tree_leaves(output):
        if isinstance(leaf, torch.Tensor):
            return leaf
    raise PlanError("the model returns no tensor to read")
