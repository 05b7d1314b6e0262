"""The host's processor as a device."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NoReturn

import numpy as np
import torch

from pytimer._core import BusyWait, HostClock
from pytimer.devices.host_memory import HostMemoryBudget, available_bytes
from pytimer.devices.protocol import DeviceFacts, EnergyMeter, Health, Observed
from pytimer.errors import DeviceUnavailableError
from pytimer.host_facts import cpu_model, last_level_cache_bytes, total_memory_bytes
from pytimer.samples import FloatArray


class HostDevice:
    """Runs calls on the CPU. Work is done when a call returns, so nothing is synchronised."""

    name = "cpu"
    asynchronous = False
    hides_launches = False
    default_max_batch_size = 256
    probes_in_worker = True

    @property
    def cache_bytes(self) -> int:
        return last_level_cache_bytes()

    def place(self, tensor: torch.Tensor) -> torch.Tensor:
        return tensor.to("cpu")

    def native_clock(self) -> HostClock:
        return HostClock()

    def host_now_ns(self) -> int:
        return time.perf_counter_ns()

    def synchronize(self) -> None:
        pass

    def default_memory_limit_bytes(self) -> int:
        return available_bytes() // 2

    def memory_budget(self, limit_bytes: int | None) -> HostMemoryBudget:
        return HostMemoryBudget(limit_bytes)

    def facts(self) -> DeviceFacts:
        return DeviceFacts(self.name, model=cpu_model(), total_memory_bytes=total_memory_bytes())

    def energy_meter(self) -> AbstractContextManager[EnergyMeter]:
        return nullcontext(EnergyMeter.none("no energy counter of the host is read"))

    def observe(self, call: Callable[[], Any]) -> Observed:
        call()
        return Observed()

    def cache_flush(self, *, wait: bool) -> Callable[[], None]:
        buffer = np.ones(2 * self.cache_bytes, dtype=np.uint8).view(np.uint64)

        def flush() -> None:
            buffer.sum()

        return flush

    def cache_probe(self) -> Callable[[], None]:
        buffer = np.ones(self.cache_bytes // 4, dtype=np.uint8).view(np.uint64)

        def probe() -> None:
            buffer.sum()

        return probe

    def known_work(self, length_s: float, calls: int) -> HostWork:
        return HostWork(length_s, calls)

    def health(self) -> Health:
        return Health()

    def as_current(self) -> AbstractContextManager[None]:
        return nullcontext()

    def own_stream(self) -> AbstractContextManager[None]:
        return nullcontext()

    def copying_in(self, *call: object) -> NoReturn:
        raise DeviceUnavailableError(
            "host_to_device needs a CUDA device, got cpu, where inputs are in place; leave it out"
        )

    def make_event(self) -> NoReturn:
        raise DeviceUnavailableError("the host has no events; its clock times each call directly")

    def spin(self) -> NoReturn:
        raise DeviceUnavailableError(
            "mode queued needs a CUDA device, got cpu, where a call has done its work when it "
            "returns; use mode isolated"
        )

    def capture(self, call: Callable[[], Any]) -> NoReturn:
        raise DeviceUnavailableError(
            "call graph (mode graph) needs a CUDA device, got cpu; use mode isolated"
        )


class HostWork:
    """A busy wait that stamps itself."""

    def __init__(self, length_s: float, calls: int) -> None:
        self._wait = BusyWait(round(length_s * 1e9), calls)

    def call(self) -> None:
        self._wait()

    def native_call(self) -> BusyWait:
        return self._wait

    def lengths_s(self) -> FloatArray:
        return self._wait.lengths_s()
