"""What pytimer asks of a device. Everything above this file knows devices only by this."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

import torch

from pytimer._core import AcceleratorClock, BusyWait, CudaClock, CudaSpin, HostClock
from pytimer.samples import FloatArray
from pytimer.work import NotAvailable


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """What is known of a device and may change a timing; None where it could not be found out."""

    name: str
    model: str | None = None
    total_memory_bytes: int | None = None
    compute_capability: str | None = None
    cuda_runtime_version: str | None = None
    cuda_driver_version: str | None = None
    driver_version: str | None = None
    persistence_mode: bool | None = None
    ecc_mode: bool | None = None
    mig_mode: bool | None = None
    virtualization: str | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """State of a device at one moment; None where it could not be found out.

    Attributes:
        sm_clock_hz: the clock of its processors.
        power_capped_s: time so far in which a power limit held the clocks down.
        throttled_s: likewise a temperature limit or another fault.
        other_processes: how many processes but this one use it.
        utilisation: fraction of time in which a kernel ran, over the last moments.
        unread: why the clock is not known, in words; "" where it is, or nobody was asked.
    """

    sm_clock_hz: float | None = None
    power_capped_s: float | None = None
    throttled_s: float | None = None
    other_processes: int | None = None
    utilisation: float | None = None
    unread: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class MemoryPeak:
    """The most memory in use while calls were made, bytes; None where the system does not tell.

    Attributes:
        allocated_bytes: in tensors, by torch's allocator for the device.
        reserved_bytes: held by that allocator, for tensors or for reuse.
        process_bytes: of the device, held by this process: on the host its resident memory.
        device_bytes: in use on the whole device, by anyone, when the calls had ended.
    """

    allocated_bytes: int | None = None
    reserved_bytes: int | None = None
    process_bytes: int | None = None
    device_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Observed:
    """What a device notes of one call; None where it does not tell.

    Attributes:
        waits: how often the call waited for the device by itself.
        driver_allocations: how often torch's allocator asked the driver for memory, or gave some
            back because there was none.
    """

    waits: int | None = None
    driver_allocations: int | None = None


@dataclass(frozen=True, slots=True)
class EnergyMeter:
    """The device's own counter of the energy that all of it uses.

    Attributes:
        joules: reads it: joules since some moment in the past, or why it cannot be read now.
    """

    joules: Callable[[], float | NotAvailable]

    @staticmethod
    def none(reason: str) -> EnergyMeter:
        """Of a device that has no counter."""
        return EnergyMeter(lambda: NotAvailable(reason))


class Event(Protocol):
    """A marker with a timestamp on the device's current stream, as `torch.cuda.Event`."""

    def record(self) -> None: ...
    def synchronize(self) -> None: ...
    def elapsed_time(self, end_event: Self, /) -> float:
        """Milliseconds from this event to `end_event`."""
        ...


class MemoryBudget(Protocol):
    """A limit on the memory that calls take beyond what was in use when the budget was made."""

    @property
    def limit_bytes(self) -> int | None:
        """The limit; None: the device's own."""
        ...

    @property
    def capacity_bytes(self) -> int | None:
        """The limit, or what the device has free where there is none; None where not known."""
        ...

    def guard(self) -> AbstractContextManager[None]:
        """Inside, allocations beyond the limit fail, and the peak is counted anew."""
        ...

    def peak_bytes(self) -> int | None:
        """The most memory in use inside the last guard, above the level when the budget was made;
        None where the system does not tell."""
        ...

    def peak(self) -> MemoryPeak:
        """The most memory in use inside the last guard, in all."""
        ...

    def release(self, *, thorough: bool) -> None:
        """Gives memory that nothing uses back, so that one call leaves nothing to the next.

        `thorough` looks for it in all reference cycles, as an exception leaves them behind; that
        takes some 50 ms.
        """
        ...


class KnownWork(Protocol):
    """Work that says of itself how long it took."""

    def call(self) -> object:
        """Does the work once; on an asynchronous device puts it on the current stream."""
        ...

    def native_call(self) -> BusyWait | None:
        """The same for the native loop of the host; None: `call` serves it too."""
        ...

    def lengths_s(self) -> FloatArray:
        """How long each call so far took by its own stamps, seconds. Waits for the device."""
        ...


class Device(Protocol):
    """Where calls run. `asynchronous`: a call returns before its work is done."""

    @property
    def name(self) -> str: ...
    @property
    def asynchronous(self) -> bool: ...
    @property
    def hides_launches(self) -> bool:
        """Whether it has a spin and graphs (modes queued and graph)."""
        ...

    @property
    def default_max_batch_size(self) -> int | None:
        """Cap of a batch-size search that was given none."""
        ...

    @property
    def cache_bytes(self) -> int | None:
        """Size of the last-level cache; None where not known."""
        ...

    def place(self, tensor: torch.Tensor) -> torch.Tensor:
        """The tensor on this device."""
        ...

    def native_clock(self) -> HostClock | CudaClock | AcceleratorClock:
        """A clock for the current stream; raises DeviceUnavailableError where there is none."""
        ...

    def host_now_ns(self) -> int:
        """The host clock that belongs to the device, nanoseconds."""
        ...

    def make_event(self) -> Event:
        """An event with timing enabled; only on an asynchronous device."""
        ...

    def synchronize(self) -> None:
        """Waits until the device is idle."""
        ...

    @property
    def probes_in_worker(self) -> bool:
        """Whether batch sizes are tried in a process of their own unless asked otherwise."""
        ...

    def default_memory_limit_bytes(self) -> int | None:
        """Memory for a batch-size search that was given no limit; None: all there is."""
        ...

    def memory_budget(self, limit_bytes: int | None) -> MemoryBudget: ...

    def facts(self) -> DeviceFacts: ...

    def as_current(self) -> AbstractContextManager[None]:
        """Inside, it is the device that torch takes where none is named."""
        ...

    def own_stream(self) -> AbstractContextManager[None]:
        """Inside, the calls of this thread go to a stream of its own."""
        ...

    def copying_in(
        self, function: Callable[..., Any], arguments: tuple[Any, ...], keywords: dict[str, Any]
    ) -> Callable[[], Any]:
        """The call with its tensors copied from pinned host memory each time, while the call before
        still computes; raises DeviceUnavailableError where inputs are on the host anyway."""
        ...

    def spin(self) -> CudaSpin:
        """A kernel to hide launches behind; raises DeviceUnavailableError where there is none."""
        ...

    def capture(self, call: Callable[[], Any]) -> Callable[[], Any]:
        """Captures the call into a graph; returns its replay.

        Raises:
            DeviceUnavailableError: the device has no graphs.
            CaptureError: the call cannot be captured, or uses random numbers.
        """
        ...

    def observe(self, call: Callable[[], Any]) -> Observed:
        """Makes the call; what the device notes of it."""
        ...

    def cache_flush(self, *, wait: bool) -> Callable[[], None]:
        """A function that evicts everything from the last-level cache, and waits if asked to.

        Raises DeviceUnavailableError where the size of the cache is not known.
        """
        ...

    def cache_probe(self) -> Callable[[], None]:
        """A function that reads a quarter of the last-level cache: faster when it is warm."""
        ...

    def known_work(self, length_s: float, calls: int) -> KnownWork:
        """Work of that length, for at most so many calls; raises DeviceUnavailableError where there
        is none."""
        ...

    def energy_meter(self) -> AbstractContextManager[EnergyMeter]:
        """Inside, the energy counter can be read without delay."""
        ...

    def health(self) -> Health:
        """Counters that tell, read before and after, what happened to the device in between."""
        ...
