"""What a mistake changes while it is made is put back as it was found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from pytimer.devices import Device


@contextmanager
def training_mode(model: torch.nn.Module, device: Device) -> Iterator[None]:
    """The model in training mode; afterwards its modes, buffers and random numbers are as before.

    A buffer that was replaced is put back as the same tensor with the same values.
    """
    modules = list(model.modules())
    modes = [module.training for module in modules]
    buffers = [
        (module._buffers, name, buffer, None if buffer is None else buffer.clone())
        for module in modules
        for name, buffer in module._buffers.items()
    ]
    try:
        with random_numbers_kept(device):
            model.train()
            yield
    finally:
        for module, mode in zip(modules, modes, strict=True):
            module.training = mode
        for owner, name, buffer, values in buffers:
            if buffer is not None and values is not None:
                buffer.copy_(values)
            owner[name] = buffer


@contextmanager
def gradients() -> Iterator[None]:
    """Every operation on a parameter is recorded for a backward pass."""
    with torch.inference_mode(False), torch.enable_grad():
        yield


@contextmanager
def random_numbers_kept(device: Device) -> Iterator[None]:
    """Afterwards the generators of the host and of the device are where they were."""
    where = device.place(torch.empty(0)).device
    module = getattr(torch, where.type, None)
    has_generator = hasattr(module, "get_rng_state")
    kind = where.type if has_generator else "cuda"  # the kind of no device at all
    with torch.random.fork_rng([where.index] if has_generator else [], device_type=kind):
        yield
