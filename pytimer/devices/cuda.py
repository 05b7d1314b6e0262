"""A CUDA device, timed by events through the runtime that torch has loaded."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache

import torch

from pytimer._core import CudaClock, CudaRuntime
from pytimer.devices.protocol import DeviceFacts, Event
from pytimer.errors import CudaError, DeviceUnavailableError, PyTimerError


@cache
def cuda_runtime() -> CudaRuntime:
    """The CUDA runtime of this process; raises DeviceUnavailableError without one."""
    if torch.version.cuda is None:
        raise DeviceUnavailableError(
            "expected a CUDA build of torch for the native loop, got "
            f'{torch.__version__}; use loop="python", or install a CUDA build'
        )
    try:
        return CudaRuntime.from_process(int(torch.version.cuda.split(".")[0]))
    except CudaError:
        raise
    except PyTimerError as error:
        raise DeviceUnavailableError(f'{error}; loop="python" needs no table') from None


class CudaDevice:
    """One CUDA device. Clocks and events belong to torch's current stream on it."""

    asynchronous = True
    default_max_batch_size = None

    def __init__(self, index: int) -> None:
        if not torch.cuda.is_available():
            reason = "this torch has no CUDA" if torch.version.cuda is None else "torch sees no GPU"
            raise DeviceUnavailableError(
                f"cuda:{index} was asked for, but {reason} ({torch.__version__}); use --device cpu"
            )
        if not 0 <= index < torch.cuda.device_count():
            raise DeviceUnavailableError(
                f"cuda:{index} was asked for, but there are {torch.cuda.device_count()} devices; "
                f"use cuda:0 to cuda:{torch.cuda.device_count() - 1}"
            )
        self.index = index
        self.name = f"cuda:{index}"

    def place(self, tensor: torch.Tensor) -> torch.Tensor:
        return tensor.to(self.name)

    def native_clock(self) -> CudaClock:
        stream = torch.cuda.current_stream(self.index).cuda_stream
        return CudaClock(cuda_runtime(), stream, self.index)

    def host_now_ns(self) -> int:
        return time.perf_counter_ns()

    def make_event(self) -> Event:
        event: Event = torch.cuda.Event(enable_timing=True)
        return event

    def synchronize(self) -> None:
        torch.cuda.synchronize(self.index)

    def memory_budget(self, limit_bytes: int | None) -> CudaMemoryBudget:
        return CudaMemoryBudget(self.index, limit_bytes)

    def facts(self) -> DeviceFacts:
        properties = torch.cuda.get_device_properties(self.index)
        runtime = driver = None
        with suppress(PyTimerError):
            runtime = _dotted(cuda_runtime().runtime_version())
            driver = _dotted(cuda_runtime().driver_version())
        driver_version, persistence_mode = _nvml_facts(self.index)
        return DeviceFacts(
            self.name,
            model=properties.name,
            total_memory_bytes=properties.total_memory,
            compute_capability=f"{properties.major}.{properties.minor}",
            cuda_runtime_version=runtime,
            cuda_driver_version=driver,
            driver_version=driver_version,
            persistence_mode=persistence_mode,
        )


class CudaMemoryBudget:
    """Limits what torch's caching allocator may hold while a guard is held."""

    def __init__(self, index: int, limit_bytes: int | None) -> None:
        self._index = index
        self.limit_bytes = limit_bytes
        self.release()
        self._allocated_bytes = torch.cuda.memory_allocated(index)
        self._reserved_bytes = torch.cuda.memory_reserved(index)

    @contextmanager
    def guard(self) -> Iterator[None]:
        torch.cuda.reset_peak_memory_stats(self._index)
        if self.limit_bytes is None:
            yield
            return
        total = torch.cuda.get_device_properties(self._index).total_memory
        fraction = min((self._reserved_bytes + self.limit_bytes) / total, 1.0)
        before = torch.cuda.get_per_process_memory_fraction(self._index)
        torch.cuda.set_per_process_memory_fraction(fraction, self._index)
        try:
            yield
        finally:
            torch.cuda.set_per_process_memory_fraction(before, self._index)

    def peak_bytes(self) -> int | None:
        return max(torch.cuda.max_memory_allocated(self._index) - self._allocated_bytes, 0)

    def release(self) -> None:
        gc.collect()
        torch.cuda.empty_cache()


def _dotted(version: int) -> str:
    """13000 is 13.0: the runtime encodes 1000 × major + 10 × minor."""
    return f"{version // 1000}.{version % 1000 // 10}"


def _nvml_facts(index: int) -> tuple[str | None, bool | None]:
    """Driver version and persistence mode by NVML; None each where NVML does not answer."""
    driver: str | None = None
    persistence: bool | None = None
    try:
        import pynvml
    except ImportError:
        return driver, persistence
    with suppress(pynvml.NVMLError):
        pynvml.nvmlInit()
        try:
            driver = str(pynvml.nvmlSystemGetDriverVersion())
            # NVML also counts devices that CUDA_VISIBLE_DEVICES hides: ask by the identity.
            uuid = torch.cuda.get_device_properties(index).uuid
            handle = pynvml.nvmlDeviceGetHandleByUUID(f"GPU-{uuid}")
            persistence = bool(pynvml.nvmlDeviceGetPersistenceMode(handle))
        finally:
            pynvml.nvmlShutdown()
    return driver, persistence
