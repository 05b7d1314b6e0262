"""Which module is being called, and in which mode, seen by hooks on all modules."""

from __future__ import annotations

import threading
import types
from collections.abc import Iterable
from contextlib import ExitStack
from typing import Any

import torch
from torch.nn.modules import module as hooks


class ModuleWatch:
    """Inside, notes the calls of modules that this thread makes.

    Attributes:
        training: the modules called in train mode that behave differently in it.
        autocast: the type that autocast casts to, where a module was called under it.
    """

    def __init__(self, parts: Iterable[object], device_type: str) -> None:
        self.training: list[str] = []
        self.autocast: str | None = None
        self._device_type = device_type
        self._names: dict[torch.nn.Module, str] = {}
        for part in parts:
            if isinstance(part, torch.nn.Module) and part not in self._names:
                for name, module in part.named_modules():
                    self._names[module] = self._names.get(module) or name
        self._inside: list[torch.nn.Module] = []
        self._thread = threading.get_ident()
        self._exit = ExitStack()

    def __enter__(self) -> ModuleWatch:
        self._note_autocast()
        before = hooks.register_module_forward_pre_hook(self._before)
        after = hooks.register_module_forward_hook(self._after, always_call=True)
        self._exit.callback(before.remove)
        self._exit.callback(after.remove)
        return self

    def __exit__(self, *_: object) -> None:
        self._exit.close()

    def where(self) -> str | None:
        """The innermost module that is being called, such as "layer4.0 (Bottleneck)"."""
        return self._name_of(self._inside[-1]) if self._inside else None

    def note_held(self) -> None:
        """For compiled calls, which hooks must not see: notes all modules as if called."""
        self._note_autocast()
        for module in self._names:
            self._note_training(module)

    def _note_autocast(self) -> None:
        kind = self._device_type
        if torch.amp.is_autocast_available(kind) and torch.is_autocast_enabled(kind):
            dtype = torch.get_autocast_dtype(kind)
            self.autocast = str(dtype).removeprefix("torch.")

    def _before(self, module: torch.nn.Module, arguments: Any) -> None:
        if threading.get_ident() == self._thread:
            self._inside.append(module)
            self._note_training(module)
            self._note_autocast()

    def _after(self, module: torch.nn.Module, arguments: Any, output: Any) -> None:
        if threading.get_ident() == self._thread and module in self._inside:
            while self._inside.pop() is not module:
                pass

    def _note_training(self, module: torch.nn.Module) -> None:
        name = self._name_of(module)
        if module.training and asks_for_training(type(module)) and name not in self.training:
            self.training.append(name)

    def _name_of(self, module: torch.nn.Module) -> str:
        name, kind = self._names.get(module), type(module).__name__
        return f"{name} ({kind})" if name else kind


def asks_for_training(kind: type[torch.nn.Module]) -> bool:
    """Whether the code of the class reads `self.training`: a container or a Linear does not."""
    own = kind.__mro__[: kind.__mro__.index(torch.nn.Module)]
    functions = (value for owner in own for value in vars(owner).values())
    return any(
        "training" in function.__code__.co_names
        for function in functions
        if isinstance(function, types.FunctionType)
    )
