"""
The calls of pytimer that need libtorch.
"""

from __future__ import annotations
import collections.abc
import torch
import typing_extensions

__all__: list[str] = ["torchscript_call"]

def torchscript_call(
    module: torch.ScriptModule, inputs: collections.abc.Sequence[torch.Tensor]
) -> typing_extensions.CapsuleType:
    """
    A NativeCall capsule of a TorchScript module (torch._C.ScriptModule) and its tensors.
    """
