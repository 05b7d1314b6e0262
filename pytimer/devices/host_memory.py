"""A memory budget on the host, so that the kernel's out-of-memory killer never decides."""

from __future__ import annotations

import ctypes
import gc
import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from pytimer.devices.protocol import MemoryPeak


def available_bytes() -> int:
    """Memory that this process may still take: the machine's, or what its cgroup leaves."""
    available = int(psutil.virtual_memory().available)
    with suppress(OSError, ValueError):
        group = Path("/sys/fs/cgroup")
        limit = int((group / "memory.max").read_text())
        used = int((group / "memory.current").read_text())
        statistics = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
        reclaimable = int(statistics.get("inactive_file", 0))  # page cache, given back on demand
        available = min(available, max(limit - used + reclaimable, 0))
    return available


def collect_garbage(*, thorough: bool) -> None:
    """Frees what only reference cycles hold; unless `thorough`, only those made of late."""
    gc.collect(2 if thorough else 1)


class HostMemoryBudget:
    """Limits the address space of the process while a guard is held.

    The limit is the address space when the budget was made plus `limit_bytes`, none where that is
    None: an allocation beyond it fails like any other, and the process goes on. A library that
    cannot handle a failed allocation may still end the process.
    """

    def __init__(self, limit_bytes: int | None) -> None:
        self.release(thorough=True)
        self.limit_bytes = limit_bytes
        memory = psutil.Process().memory_info()
        self._resident_bytes = int(memory.rss)
        self._ceiling_bytes = None if limit_bytes is None else int(memory.vms) + limit_bytes

    @property
    def capacity_bytes(self) -> int:
        return available_bytes() if self.limit_bytes is None else self.limit_bytes

    @contextmanager
    def guard(self) -> Iterator[None]:
        soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        ceilings = [limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY]
        if self._ceiling_bytes is not None:
            ceilings.append(self._ceiling_bytes)
        _reset_peak()
        resource.setrlimit(
            resource.RLIMIT_AS, (min(ceilings, default=resource.RLIM_INFINITY), hard)
        )
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))

    def peak_bytes(self) -> int | None:
        peak = _peak_resident_bytes()
        return None if peak is None else max(peak - self._resident_bytes, 0)

    def peak(self) -> MemoryPeak:
        memory = psutil.virtual_memory()
        return MemoryPeak(
            process_bytes=_peak_resident_bytes(),
            device_bytes=int(memory.total - memory.available),
        )

    def release(self, *, thorough: bool) -> None:
        collect_garbage(thorough=thorough)
        with suppress(OSError, AttributeError):  # glibc only
            ctypes.CDLL(None).malloc_trim(0)


def _reset_peak() -> None:
    # proc(5): writing 5 resets the peak resident set size to the current value.
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _peak_resident_bytes() -> int | None:
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return None
