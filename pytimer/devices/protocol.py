"""What pytimer asks of a device. Everything above this file knows devices only by this."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, Self

import torch

from pytimer._core import CudaClock, HostClock


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

    def guard(self) -> AbstractContextManager[None]:
        """Inside, allocations beyond the limit fail, and the peak is counted anew."""
        ...

    def peak_bytes(self) -> int | None:
        """The most memory in use inside the last guard, above the level when the budget was made;
        None where the system does not tell."""
        ...

    def release(self) -> None:
        """Gives memory that nothing uses back, so that one call leaves nothing to the next."""
        ...


class Device(Protocol):
    """Where calls run. `asynchronous`: a call returns before its work is done."""

    @property
    def name(self) -> str: ...
    @property
    def asynchronous(self) -> bool: ...
    @property
    def default_max_batch_size(self) -> int | None:
        """Cap of a batch-size search that was given none."""
        ...

    def place(self, tensor: torch.Tensor) -> torch.Tensor:
        """The tensor on this device."""
        ...

    def native_clock(self) -> HostClock | CudaClock:
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

    def memory_budget(self, limit_bytes: int | None) -> MemoryBudget: ...

    def facts(self) -> DeviceFacts: ...
