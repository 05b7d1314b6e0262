"""A memory budget on any accelerator, as far as torch's module for it knows memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from pytimer.devices.device_module import DeviceModule
from pytimer.devices.host_memory import collect_garbage
from pytimer.devices.protocol import MemoryPeak
from pytimer.errors import DeviceUnavailableError

_FRACTION = ("get_per_process_memory_fraction", "set_per_process_memory_fraction")


class AcceleratorMemoryBudget:
    """Limits what torch's allocator for the device may hold while a guard is held.

    Raises:
        DeviceUnavailableError: a limit was asked for where the module cannot set one.
    """

    def __init__(self, device: torch.device, limit_bytes: int | None) -> None:
        self._index = device.index
        self._module = DeviceModule(device)
        self._total_bytes = self._module.total_memory_bytes
        self.limit_bytes = limit_bytes
        can_limit = self._total_bytes is not None and self._module.has(*_FRACTION)
        if limit_bytes is not None and not can_limit:
            raise DeviceUnavailableError(
                f"a memory limit was asked for, but torch cannot set one on {device}; leave it out"
            )
        self.release(thorough=True)
        self._allocated_bytes = self._module.ask("memory_allocated")
        self._reserved_bytes = self._module.ask("memory_reserved")

    @property
    def capacity_bytes(self) -> int | None:
        if self.limit_bytes is not None:
            return self.limit_bytes
        info = self._module.ask("mem_get_info")
        return None if info is None else int(info[0])

    @contextmanager
    def guard(self) -> Iterator[None]:
        self._module.call("reset_peak_memory_stats", self._index)
        if self.limit_bytes is None or self._total_bytes is None:
            yield
            return
        get, put = _FRACTION
        before = self._module.ask(get)
        wanted = ((self._reserved_bytes or 0) + self.limit_bytes) / self._total_bytes
        self._module.call(put, min(wanted, before), self._index)
        try:
            yield
        finally:
            self._module.call(put, before, self._index)

    def peak_bytes(self) -> int | None:
        peak = self._module.ask("max_memory_allocated")
        if peak is None or self._allocated_bytes is None:
            return None
        return max(int(peak - self._allocated_bytes), 0)

    def peak(self) -> MemoryPeak:
        info = self._module.ask("mem_get_info")
        return MemoryPeak(
            allocated_bytes=self._module.ask("max_memory_allocated"),
            reserved_bytes=self._module.ask("max_memory_reserved"),
            device_bytes=None if info is None else info[1] - info[0],
        )

    def release(self, *, thorough: bool) -> None:
        collect_garbage(thorough=thorough)
        self._module.call("empty_cache")
