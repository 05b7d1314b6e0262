"""A setup carried out with torch, and taken back."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from typing import Any

import torch
from torch.utils import _pytree as pytree

from pytimer.aoti import AotiPackage
from pytimer.devices import Device
from pytimer.errors import ModelError, PlanError, text_of
from pytimer.model_setup import Amp, Setup

RECOMPILE_LIMIT = 2**16
"""Beyond torch's own, which is 8, further shapes would be called without being compiled."""

_AMP_OF: dict[torch.dtype, Amp] = {torch.float16: "float16", torch.bfloat16: "bfloat16"}


def resolved(setup: Setup, model: object, device: Device) -> Setup:
    """The setup with the type that autocast has there.

    Raises:
        PlanError: the model cannot be set up like that, or the device has no such autocast.
    """
    _check_is_python(setup, model)
    if setup.channels_last and not isinstance(model, torch.nn.Module):
        raise PlanError(
            "channels_last is for a torch.nn.Module, whose weights it formats as well, got "
            f"{type(model).__name__}; pass the module itself"
        )
    if setup.amp is None:
        return setup
    dtype = _autocast(setup, device).fast_dtype
    return replace(setup, amp=_AMP_OF[dtype])


@contextmanager
def set_up(setup: Setup, model: Any) -> Iterator[None]:
    """Threads, memory format and compilation limit as asked for; afterwards as they were."""
    with ExitStack() as stack:
        if setup.threads is not None:
            stack.enter_context(_threads(setup.threads))
        if setup.channels_last:
            stack.enter_context(_channels_last_weights(model))
        if setup.compile is not None:
            stack.enter_context(_every_shape_compiled())
        yield


@contextmanager
def calling_modes(setup: Setup, device: Device) -> Iterator[None]:
    """Gradient mode and autocast of this thread."""
    with ExitStack() as stack:
        if setup.grad_mode == "inference":
            stack.enter_context(torch.inference_mode())
        else:
            stack.enter_context(torch.inference_mode(False))
            stack.enter_context(torch.set_grad_enabled(setup.grad_mode == "enabled"))
        if setup.amp is not None:
            stack.enter_context(_autocast(setup, device))
        yield


def formatted(setup: Setup, inputs: Any) -> Any:
    """The inputs in the memory format of the setup."""
    if not setup.channels_last:
        return inputs
    return pytree.tree_map_only(torch.Tensor, _in_channels_last, inputs)


def optimized(setup: Setup, model: Callable[..., Any]) -> Callable[..., Any] | None:
    """What torch.compile makes of the model, without a call; None where it was not asked for.

    Raises:
        ModelError: it cannot be compiled.
    """
    if setup.compile is None:
        return None
    try:
        with warnings.catch_warnings(action="ignore"):
            # Not dynamic: else the first two shapes decide with which kernels others are measured.
            made: Callable[..., Any] = torch.compile(model, mode=setup.compile, dynamic=False)
    except Exception as error:
        raise ModelError(f"torch.compile does not take the model: {text_of(error)}") from error
    return made


def _check_is_python(setup: Setup, model: object) -> None:
    wanted = {"amp": setup.amp, "channels_last": setup.channels_last, "compile": setup.compile}
    asked = " and ".join(name for name, value in wanted.items() if value)
    if asked and isinstance(model, AotiPackage | torch.jit.ScriptModule):
        kind = "an AOTInductor package" if isinstance(model, AotiPackage) else "TorchScript"
        raise PlanError(
            f"{asked} is for a model in Python, got {kind}, which is compiled already; set up the "
            "model that it was made from"
        )


def _autocast(setup: Setup, device: Device) -> torch.autocast:
    device_type = device.place(torch.empty(0)).device.type
    try:
        with warnings.catch_warnings(action="error"):  # torch warns, and goes on without autocast
            return torch.autocast(device_type, getattr(torch, str(setup.amp), None))
    except (RuntimeError, AssertionError, Warning) as error:
        raise PlanError(
            f"amp {setup.amp} cannot be had on {device_type}: {text_of(error)}; leave amp out, or "
            "convert the model (--dtype)"
        ) from None


@contextmanager
def _threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def _channels_last_weights(model: torch.nn.Module) -> Iterator[None]:
    """The same memory afterwards, so that whatever else refers to it still does."""
    tensors = [tensor for tensor in (*model.parameters(), *model.buffers()) if tensor.ndim == 4]
    before = [tensor.data for tensor in tensors]
    try:
        for tensor, data in zip(tensors, before, strict=True):
            tensor.data = _in_channels_last(data)
        yield
    finally:
        for tensor, data in zip(tensors, before, strict=True):
            tensor.data = data


def _in_channels_last(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.contiguous(memory_format=torch.channels_last) if tensor.ndim == 4 else tensor


def _every_shape_compiled() -> AbstractContextManager[None]:
    import torch._dynamo.config

    limit: AbstractContextManager[None] = torch._dynamo.config.patch(
        recompile_limit=RECOMPILE_LIMIT, accumulated_recompile_limit=RECOMPILE_LIMIT
    )
    return limit
