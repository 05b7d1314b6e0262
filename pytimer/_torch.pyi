"""
The parts of pytimer that need libtorch.
"""

from __future__ import annotations
import collections.abc
import torch
import typing
import typing_extensions

__all__: list[str] = ["Accelerator", "AotiModel", "torchscript_call"]

class AotiModel:
    """
    The model of an AOTInductor package, loaded.
    """
    @staticmethod
    def metadata(path: str) -> dict[str, str]:
        """
        What the package says of itself; loads nothing.
        """
    def __init__(self, path: str, runners: typing.SupportsInt | typing.SupportsIndex) -> None:
        """
        Runs the package's machine code. runners: how many threads may call it at once.
        """
    def call_spec(self) -> list[str]:
        """
        How inputs and outputs are nested: two tree specifications, as JSON.
        """
    def native_call(
        self, sets: collections.abc.Sequence[collections.abc.Sequence[torch.Tensor]]
    ) -> typing_extensions.CapsuleType:
        """
        A NativeCall capsule, which takes the sets of tensors in turn.
        """
    def run(self, inputs: collections.abc.Sequence[torch.Tensor]) -> list[torch.Tensor]:
        """
        Flat tensors in, flat tensors out; shapes are not looked at.
        """

class Accelerator:
    """
    A kind of device, such as "xpu", as torch knows any of them.
    """
    @staticmethod
    def is_present(type: str) -> bool:
        """
        Whether torch has that kind, with or without a device.
        """
    def __init__(self, type: str) -> None: ...
    def count(self) -> int: ...
    def current(self) -> int:
        """
        Index of the device that is current on this thread.
        """
    def current_stream(
        self, index: typing.SupportsInt | typing.SupportsIndex
    ) -> typing_extensions.CapsuleType:
        """
        An AcceleratorStream capsule of the device's current stream on this thread.
        """
    def exchange(self, index: typing.SupportsInt | typing.SupportsIndex) -> int:
        """
        Make a device current on this thread; returns the index of the one before.
        """
    def exchange_stream(
        self,
        index: typing.SupportsInt | typing.SupportsIndex,
        stream: typing.SupportsInt | typing.SupportsIndex,
    ) -> int:
        """
        Make the stream of that id current on this thread; returns the id of the one before.
        """
    def synchronize(self, index: typing.SupportsInt | typing.SupportsIndex) -> None:
        """
        Wait until the device is idle.
        """

def torchscript_call(
    module: torch.ScriptModule,
    sets: collections.abc.Sequence[collections.abc.Sequence[torch.Tensor]],
) -> typing_extensions.CapsuleType:
    """
    A NativeCall capsule of a TorchScript module (torch._C.ScriptModule), which takes the sets
    of tensors in turn.
    """
