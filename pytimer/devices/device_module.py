"""What torch's own module for a kind of device (torch.xpu, a vendor's) tells of a device."""

from __future__ import annotations

from typing import Any, TypeVar

import torch

Told = TypeVar("Told")

_CACHE_SIZES = ("L2_cache_size", "last_level_cache_size")


def driver_allocations(memory_stats: dict[str, int]) -> int | None:
    """How often torch's allocator has gone to the driver; None where the counters do not tell."""
    counters = [memory_stats.get(name) for name in ("num_device_alloc", "num_alloc_retries")]
    told = [count for count in counters if count is not None]
    return sum(told) if told else None


class DeviceModule:
    """Asks that module about one device. Modules differ, so what one does not tell is None."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._module = getattr(torch, device.type, None)

    def initialize(self) -> None:
        self.call("init")

    def has(self, *names: str) -> bool:
        """Whether the module has functions of all these names."""
        return all(callable(getattr(self._module, name, None)) for name in names)

    def ask(self, name: str) -> Any:
        """What the module's function of that name returns for the device."""
        if not self.has(name):
            return None
        try:
            return getattr(self._module, name)(self._device.index)
        except RuntimeError:  # the function is there, but not for this device
            return None

    def call(self, name: str, *arguments: object) -> None:
        """Calls the function where the module has it."""
        if self.has(name):
            getattr(self._module, name)(*arguments)

    @property
    def model(self) -> str | None:
        return self._property(str, "name")

    @property
    def total_memory_bytes(self) -> int | None:
        return self._property(int, "total_memory")

    @property
    def driver_version(self) -> str | None:
        return self._property(str, "driver_version")

    @property
    def cache_bytes(self) -> int | None:
        """Size of the last-level cache."""
        sizes = (self._property(int, name) for name in _CACHE_SIZES)
        return next(filter(None, sizes), None)

    @property
    def driver_allocations(self) -> int | None:
        """How often torch's allocator has gone to the driver so far."""
        return driver_allocations(self.ask("memory_stats") or {})

    def _property(self, kind: type[Told], name: str) -> Told | None:
        value = getattr(self.ask("get_device_properties"), name, None)
        return value if isinstance(value, kind) else None
