"""The host's processor as a device."""

from __future__ import annotations

import time

import torch

from pytimer._core import HostClock
from pytimer.devices.host_memory import HostMemoryBudget
from pytimer.devices.protocol import DeviceFacts, Event
from pytimer.errors import DeviceUnavailableError
from pytimer.host_facts import cpu_model, total_memory_bytes


class HostDevice:
    """Runs calls on the CPU. Work is done when a call returns, so nothing is synchronised."""

    name = "cpu"
    asynchronous = False
    default_max_batch_size = 256

    def place(self, tensor: torch.Tensor) -> torch.Tensor:
        return tensor.to("cpu")

    def native_clock(self) -> HostClock:
        return HostClock()

    def host_now_ns(self) -> int:
        return time.perf_counter_ns()

    def make_event(self) -> Event:
        raise DeviceUnavailableError("the host has no events; its clock times each call directly")

    def synchronize(self) -> None:
        pass

    def memory_budget(self, limit_bytes: int | None) -> HostMemoryBudget:
        return HostMemoryBudget(limit_bytes)

    def facts(self) -> DeviceFacts:
        return DeviceFacts(self.name, model=cpu_model(), total_memory_bytes=total_memory_bytes())
