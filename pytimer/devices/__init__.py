"""The devices that calls run on, behind one small protocol."""

from __future__ import annotations

import torch

from pytimer.devices.accelerator import AcceleratorDevice
from pytimer.devices.cuda import CudaDevice
from pytimer.devices.host import HostDevice
from pytimer.devices.protocol import (
    Device,
    DeviceFacts,
    EnergyMeter,
    Event,
    Health,
    KnownWork,
    MemoryBudget,
    MemoryPeak,
    Observed,
)
from pytimer.errors import DeviceUnavailableError

__all__ = [
    "AcceleratorDevice",
    "CudaDevice",
    "Device",
    "DeviceFacts",
    "EnergyMeter",
    "Event",
    "Health",
    "HostDevice",
    "KnownWork",
    "MemoryBudget",
    "MemoryPeak",
    "Observed",
    "resolve_device",
]


def resolve_device(device: str | torch.device | Device) -> Device:
    """The device of that name, such as "cpu", "cuda" or "cuda:1"; a Device is returned as it is.

    Raises:
        DeviceUnavailableError: no such device, or its events have no timestamps.
    """
    if not isinstance(device, str | torch.device):
        return device
    try:
        wanted = torch.device(device)
    except RuntimeError:
        raise DeviceUnavailableError(
            f"expected a device such as cpu, cuda or cuda:1, got {device!r}"
        ) from None
    if wanted.type == "cpu":
        return HostDevice()
    if wanted.type == "cuda" and torch.version.hip is None:
        return CudaDevice(_current_cuda_index() if wanted.index is None else wanted.index)
    return AcceleratorDevice(wanted)


def _current_cuda_index() -> int:
    return torch.cuda.current_device() if torch.cuda.is_available() else 0
