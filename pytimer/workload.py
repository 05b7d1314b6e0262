"""A model with its inputs, made ready to be called on a device."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal

import torch
from torch.utils import _pytree as pytree

from pytimer import _core
from pytimer.devices import Device, resolve_device
from pytimer.errors import DeviceUnavailableError, PlanError

Model = Callable[..., Any]
CallKind = Literal["eager", "torchscript"]


@dataclass(frozen=True, slots=True)
class Subject:
    """What was measured, in words.

    Attributes:
        inputs: one "1×3×224×224 float32" for each tensor.
        call: "eager" (a Python callable) or "torchscript" (called without Python).
    """

    model: str
    inputs: tuple[str, ...]
    device: str
    call: CallKind


@dataclass(frozen=True, slots=True)
class Workload:
    """A callable with arguments on the device; valid inside `prepared`."""

    model: Model
    arguments: tuple[Any, ...]
    keywords: Mapping[str, Any]
    device: Device
    name: str

    @property
    def kind(self) -> CallKind:
        is_script = isinstance(self.model, torch.jit.ScriptModule)
        only_tensors = all(isinstance(argument, torch.Tensor) for argument in self.arguments)
        return "torchscript" if is_script and only_tensors and not self.keywords else "eager"

    @property
    def subject(self) -> Subject:
        return Subject(
            self.name,
            tuple(_describe(leaf) for leaf in self._tensors()),
            self.device.name,
            self.kind,
        )

    @property
    def batch_size(self) -> int:
        """Dimension 0 of the first tensor among the inputs."""
        for leaf in self._tensors():
            if leaf.ndim > 0:
                return int(leaf.shape[0])
        raise PlanError(
            "expected a tensor with a batch dimension among the inputs, found none; "
            "pass make_inputs(batch_size)"
        )

    def native_call(self) -> _core.PythonCall | _core.CapsuleCall:
        """The call as the native loop takes it."""
        if self.kind == "torchscript":
            from pytimer import _torch

            module = self.model._c  # type: ignore[attr-defined]
            return _core.CapsuleCall(_torch.torchscript_call(module, list(self.arguments)))
        return _core.PythonCall(self.model, self.arguments, dict(self.keywords))

    def call(self) -> Any:
        """One untimed call."""
        return self.model(*self.arguments, **self.keywords)

    def with_inputs(self, inputs: Any) -> Workload:
        """The same model with other inputs, moved to the device."""
        # Outside inference mode, so that the tensors are ordinary ones for whoever keeps them.
        with torch.inference_mode(False):
            arguments, keywords = _as_arguments(_place(inputs, self.device))
        return replace(self, arguments=arguments, keywords=keywords)

    def with_batch_size(self, batch_size: int) -> Workload:
        """The same model with as many items per call, in contiguous memory of their own.

        Tensors whose dimension 0 equals the present batch size are filled by repeating their items;
        other inputs pass unchanged.
        """
        present = self.batch_size

        def resize(tensor: torch.Tensor) -> torch.Tensor:
            if tensor.ndim == 0 or tensor.shape[0] != present:
                return tensor
            items = torch.arange(batch_size, device=tensor.device) % present
            return tensor.index_select(0, items)

        with torch.inference_mode(False):
            arguments, keywords = pytree.tree_map_only(
                torch.Tensor, resize, (self.arguments, dict(self.keywords))
            )
        return replace(self, arguments=arguments, keywords=keywords)

    def _tensors(self) -> list[torch.Tensor]:
        leaves = pytree.tree_leaves((self.arguments, dict(self.keywords)))
        return [leaf for leaf in leaves if isinstance(leaf, torch.Tensor)]


@contextmanager
def prepared(
    model: Model, inputs: Any, device: str | torch.device | Device | None, name: str | None = None
) -> Iterator[Workload]:
    """The model ready to be called: in eval mode, inputs on the device, inference mode on.

    Args:
        inputs: a tensor, a tuple of arguments (`()` means none), a dict of keywords, or any other
            value, passed as the one argument. Tensors inside are moved to the device.
        device: None: where the model's parameters are, else where the inputs are.

    Raises:
        PlanError: the model cannot be called.
        DeviceUnavailableError: no such device, or the model is on another one.
    """
    if not callable(model):
        raise PlanError(f"model must be callable, got {type(model).__name__}")
    where = resolve_device(_device_of(model, inputs) if device is None else device)
    _check_same_device(model, where)
    arguments, keywords = _as_arguments(_place(inputs, where))
    workload = Workload(model, arguments, keywords, where, name or _name_of(model))
    with _eval_mode(model), torch.inference_mode():
        yield workload


def _as_arguments(inputs: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    is_plain_tuple = type(inputs) is tuple
    if isinstance(inputs, dict):
        if not all(isinstance(key, str) for key in inputs):
            raise PlanError("inputs given as a dict are keyword arguments; its keys must be text")
        return (), inputs
    return (inputs if is_plain_tuple else (inputs,)), {}


def _place(inputs: Any, device: Device) -> Any:
    return pytree.tree_map_only(torch.Tensor, device.place, inputs)


def _parameter_devices(model: Model) -> set[torch.device]:
    if not isinstance(model, torch.nn.Module):
        return set()
    return {tensor.device for tensor in (*model.parameters(), *model.buffers())}


def _device_of(model: Model, inputs: Any) -> torch.device:
    tensors = [leaf for leaf in pytree.tree_leaves(inputs) if isinstance(leaf, torch.Tensor)]
    found = _parameter_devices(model) or {tensor.device for tensor in tensors}
    # A model spread over devices is timed on its first accelerator.
    accelerators = sorted((d for d in found if d.type != "cpu"), key=str)
    if accelerators:
        return accelerators[0]
    if not found and torch.cuda.is_initialized():
        return torch.device("cuda", torch.cuda.current_device())
    return torch.device("cpu")


def _check_same_device(model: Model, device: Device) -> None:
    parameters = _parameter_devices(model)
    here = device.place(torch.empty(0)).device
    if parameters and here not in parameters:
        there = ", ".join(sorted(str(d) for d in parameters))
        raise DeviceUnavailableError(
            f"the model is on {there}, {device.name} was asked for; move it: "
            f'model.to("{device.name}")'
        )


@contextmanager
def _eval_mode(model: Model) -> Iterator[None]:
    """Puts a module into eval mode, and each part of it back as it was."""
    modules = list(model.modules()) if isinstance(model, torch.nn.Module) else []
    training = [module for module in modules if module.training]
    if training:
        model.eval()  # type: ignore[attr-defined]
    try:
        yield
    finally:
        for module in training:
            module.training = True


def _name_of(model: Model) -> str:
    if isinstance(model, torch.jit.ScriptModule):
        return str(model.original_name)
    if isinstance(model, torch.nn.Module):
        return type(model).__name__
    return getattr(model, "__qualname__", type(model).__name__)


def _describe(tensor: torch.Tensor) -> str:
    shape = "×".join(str(size) for size in tensor.shape) or "scalar"
    return f"{shape} {str(tensor.dtype).removeprefix('torch.')}"
