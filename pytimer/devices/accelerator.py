"""Any device with events that have timestamps: ROCm, XPU, PrivateUse1; by torch's own interface."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, NoReturn

import torch

from pytimer._core import AcceleratorClock
from pytimer.devices.accelerator_memory import AcceleratorMemoryBudget
from pytimer.devices.cache_reader import cache_reader
from pytimer.devices.device_module import DeviceModule
from pytimer.devices.protocol import DeviceFacts, EnergyMeter, Event, Health, Observed
from pytimer.devices.switching import switched
from pytimer.errors import DeviceUnavailableError


class AcceleratorDevice:
    """One device of a kind that torch knows. Clocks and events belong to its current stream.

    Raises:
        DeviceUnavailableError: torch sees no such device, or its events have no timestamps.
    """

    asynchronous = True
    hides_launches = False
    default_max_batch_size = None
    probes_in_worker = False

    def __init__(self, device: torch.device) -> None:
        from pytimer import _torch

        kind, asked = device.type, str(device)
        if not _torch.Accelerator.is_present(kind):
            raise _unavailable(asked, f"this torch ({torch.__version__}) has no {kind} devices")
        self._accelerator = _torch.Accelerator(kind)
        count = self._accelerator.count()
        if count == 0:
            raise _unavailable(asked, f"torch sees no {kind} device")
        current = max(self._accelerator.current(), 0)  # -1 where torch keeps track of none
        self.index = current if device.index is None else device.index
        if not 0 <= self.index < count:
            raise DeviceUnavailableError(
                f"{asked} was asked for, but there are {count} devices; use {kind}:0 to "
                f"{kind}:{count - 1}"
            )
        self.name = f"{kind}:{self.index}"
        self._device = torch.device(self.name)
        self._module = DeviceModule(self._device)
        self._module.initialize()
        self._check_events(asked)

    def _check_events(self, asked: str) -> None:
        try:
            with self.as_current():
                start, stop = self.make_event(), self.make_event()
                start.record()
                stop.record()
                stop.synchronize()
                start.elapsed_time(stop)
        except RuntimeError as error:
            raise _unavailable(
                asked, f"its events have no timestamps, so nothing on it can be timed ({error})"
            ) from None

    @property
    def cache_bytes(self) -> int | None:
        return self._module.cache_bytes

    def place(self, tensor: torch.Tensor) -> torch.Tensor:
        return tensor.to(self._device)

    def native_clock(self) -> AcceleratorClock:
        return AcceleratorClock(self._accelerator.current_stream(self.index))

    def host_now_ns(self) -> int:
        return time.perf_counter_ns()

    def make_event(self) -> Event:
        event: Event = torch.Event(self._device, enable_timing=True)
        return event

    def synchronize(self) -> None:
        self._accelerator.synchronize(self.index)

    def default_memory_limit_bytes(self) -> None:
        return None

    def memory_budget(self, limit_bytes: int | None) -> AcceleratorMemoryBudget:
        return AcceleratorMemoryBudget(self._device, limit_bytes)

    def facts(self) -> DeviceFacts:
        return DeviceFacts(
            self.name,
            model=self._module.model,
            total_memory_bytes=self._module.total_memory_bytes,
            driver_version=self._module.driver_version,
        )

    def energy_meter(self) -> AbstractContextManager[EnergyMeter]:
        return nullcontext(EnergyMeter.none(f"no energy counter of {self.name} is read"))

    def health(self) -> Health:
        return Health()

    def as_current(self) -> AbstractContextManager[None]:
        return switched(self._exchanged(), self.name)

    @contextmanager
    def _exchanged(self) -> Iterator[None]:
        before = self._accelerator.exchange(self.index)
        try:
            yield
        finally:
            self._accelerator.exchange(before)

    @contextmanager
    def own_stream(self) -> Iterator[None]:
        try:
            stream = torch.Stream(self._device)
        except RuntimeError as error:
            raise DeviceUnavailableError(
                f"each thread needs a stream of its own, and {self.name} makes none ({error}); use "
                "concurrency 1"
            ) from None
        with self.as_current():
            before = self._accelerator.exchange_stream(self.index, stream.stream_id)
            try:
                yield
            finally:
                self._accelerator.exchange_stream(self.index, before)

    def observe(self, call: Callable[[], Any]) -> Observed:
        before = self._module.driver_allocations
        call()
        after = self._module.driver_allocations
        if before is None or after is None:
            return Observed()
        return Observed(driver_allocations=after - before)

    def cache_flush(self, *, wait: bool) -> Callable[[], None]:
        flush = cache_reader(self.name, 2 * self._known_cache_bytes())

        def flush_and_wait() -> None:
            flush()
            self.synchronize()

        return flush_and_wait if wait else flush

    def cache_probe(self) -> Callable[[], None]:
        return cache_reader(self.name, self._known_cache_bytes() // 4)

    def _known_cache_bytes(self) -> int:
        size = self.cache_bytes
        if size is None:
            raise DeviceUnavailableError(
                f"cache cold needs the size of the last-level cache, which torch does not tell of "
                f"{self.name}; use cache warm"
            )
        return size

    def known_work(self, length_s: float, calls: int) -> NoReturn:
        raise DeviceUnavailableError(
            f"work of known length needs a CUDA device or the host, got {self.name}"
        )

    def copying_in(self, *call: object) -> NoReturn:
        raise DeviceUnavailableError(
            f"host_to_device needs a CUDA device, got {self.name}; leave it out"
        )

    def spin(self) -> NoReturn:
        raise DeviceUnavailableError(
            f"mode queued needs a CUDA device, got {self.name}; use mode isolated"
        )

    def capture(self, call: Callable[[], Any]) -> NoReturn:
        raise DeviceUnavailableError(
            f"call graph (mode graph) needs a CUDA device, got {self.name}; use mode isolated"
        )


def _unavailable(asked: str, reason: str) -> DeviceUnavailableError:
    return DeviceUnavailableError(f"{asked} was asked for, but {reason}; use --device cpu")
