"""A CUDA device, timed by events through the runtime that torch has loaded."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cache, partial
from typing import Any

import torch
from torch.utils import _pytree as pytree

from pytimer._core import CudaClock, CudaRuntime, CudaSpin
from pytimer.devices.cache_reader import cache_reader
from pytimer.devices.capturing import called_before_capture, capturing
from pytimer.devices.device_module import driver_allocations
from pytimer.devices.host_memory import collect_garbage
from pytimer.devices.nvml import Nvml
from pytimer.devices.protocol import (
    DeviceFacts,
    EnergyMeter,
    Event,
    Health,
    MemoryPeak,
    Observed,
)
from pytimer.devices.switching import switched
from pytimer.errors import CaptureError, CudaError, DeviceUnavailableError, PyTimerError
from pytimer.samples import FloatArray


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
    hides_launches = True
    default_max_batch_size = None
    probes_in_worker = False

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
        self._spin: CudaSpin | None = None

    @property
    def cache_bytes(self) -> int:
        return int(torch.cuda.get_device_properties(self.index).L2_cache_size)

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

    def default_memory_limit_bytes(self) -> None:
        return None

    def memory_budget(self, limit_bytes: int | None) -> CudaMemoryBudget:
        return CudaMemoryBudget(self.index, limit_bytes)

    def facts(self) -> DeviceFacts:
        properties = torch.cuda.get_device_properties(self.index)
        runtime = driver = None
        with suppress(PyTimerError):
            runtime = _dotted(cuda_runtime().runtime_version())
            driver = _dotted(cuda_runtime().driver_version())
        with Nvml(str(properties.uuid)) as nvml:
            return DeviceFacts(
                self.name,
                model=properties.name,
                total_memory_bytes=properties.total_memory,
                compute_capability=f"{properties.major}.{properties.minor}",
                cuda_runtime_version=runtime,
                cuda_driver_version=driver,
                driver_version=nvml.driver_version(),
                persistence_mode=nvml.persistence_mode(),
                ecc_mode=nvml.ecc_mode(),
                mig_mode=nvml.mig_mode(),
                virtualization=nvml.virtualization(),
            )

    def known_work(self, length_s: float, calls: int) -> CudaWork:
        return CudaWork(self.spin(), self.name, length_s, calls)

    def as_current(self) -> AbstractContextManager[None]:
        return switched(torch.cuda.device(self.index), self.name)

    def own_stream(self) -> AbstractContextManager[None]:
        stream = torch.cuda.Stream(self.index)
        return switched(torch.cuda.stream(stream), f"a stream of {self.name}")

    def copying_in(
        self, function: Callable[..., Any], arguments: tuple[Any, ...], keywords: dict[str, Any]
    ) -> CopyingCall:
        return CopyingCall(self.index, function, arguments, keywords)

    def health(self) -> Health:
        with Nvml(str(torch.cuda.get_device_properties(self.index).uuid)) as nvml:
            return nvml.health()

    @contextmanager
    def energy_meter(self) -> Iterator[EnergyMeter]:
        with Nvml(str(torch.cuda.get_device_properties(self.index).uuid)) as nvml:
            yield nvml.energy_meter()

    def spin(self) -> CudaSpin:
        if self._spin is None:
            try:
                with torch.cuda.device(self.index):
                    self._spin = CudaSpin(cuda_runtime())
            except CudaError:
                raise
            except PyTimerError as error:
                raise DeviceUnavailableError(f"mode queued: {error}; use mode isolated") from None
        return self._spin

    def capture(self, call: Callable[[], Any]) -> Callable[[], Any]:
        if called_before_capture(partial(self._uses_random_numbers, call)):
            raise CaptureError(
                "the model draws random numbers, and a replayed graph would time another draw than "
                "the captured one; put it into eval mode, or use mode queued"
            )
        graph = torch.cuda.CUDAGraph()
        side = torch.cuda.Stream(self.index)
        side.wait_stream(torch.cuda.current_stream(self.index))
        with capturing(self.synchronize) as called:
            with torch.cuda.stream(side):
                for _ in range(3):  # eager calls on the side stream set up what capture must not
                    called(call)
            torch.cuda.current_stream(self.index).wait_stream(side)
        generator = torch.cuda.default_generators[self.index]
        state = generator.clone_state()

        def give_up() -> None:
            # A graph that fails leaves the generator in its capture: no random number could be
            # drawn any more.
            generator.graphsafe_set_state(state)
            self.synchronize()

        with capturing(give_up) as called, torch.cuda.device(self.index), torch.cuda.graph(graph):
            called(call)
        replay: Callable[[], Any] = graph.replay
        return replay

    def _uses_random_numbers(self, call: Callable[[], Any]) -> bool:
        generator = torch.cuda.default_generators[self.index]
        before = generator.get_state()
        call()
        return not torch.equal(before, generator.get_state())

    def observe(self, call: Callable[[], Any]) -> Observed:
        before, asked = torch.cuda.get_sync_debug_mode(), self._driver_allocations()
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            torch.cuda.set_sync_debug_mode("warn")  # warns itself: not all waits are seen
            try:
                call()
            finally:
                torch.cuda.set_sync_debug_mode(before)
        waits = sum("synchronizing CUDA operation" in str(warning.message) for warning in seen)
        return Observed(waits, self._driver_allocations() - asked)

    def _driver_allocations(self) -> int:
        return driver_allocations(torch.cuda.memory_stats(self.index)) or 0

    def cache_flush(self, *, wait: bool) -> Callable[[], None]:
        flush = cache_reader(self.name, 2 * self.cache_bytes)

        def flush_and_wait() -> None:
            flush()
            torch.cuda.synchronize(self.index)

        return flush_and_wait if wait else flush

    def cache_probe(self) -> Callable[[], None]:
        return cache_reader(self.name, self.cache_bytes // 4)


class CudaWork:
    """A spin that stamps its own start and end with the device's global timer."""

    def __init__(self, spin: CudaSpin, device: str, length_s: float, calls: int) -> None:
        self._spin = spin
        self._length_ns = round(length_s * 1e9)
        self._stamps = torch.zeros((calls, 2), dtype=torch.int64, device=device)
        self._made = 0

    def call(self) -> None:
        row = self._stamps.data_ptr() + 16 * (self._made % len(self._stamps))
        self._made += 1
        stream = torch.cuda.current_stream(self._stamps.device).cuda_stream
        self._spin.launch(stream, self._length_ns, row)

    def native_call(self) -> None:
        return None

    def lengths_s(self) -> FloatArray:
        stamps = self._stamps[: min(self._made, len(self._stamps))].cpu().numpy()
        lengths: FloatArray = (stamps[:, 1] - stamps[:, 0]) / 1e9
        return lengths


class CopyingCall:
    """A call whose tensors come from pinned host memory, by a stream for copies.

    Two sets of buffers take turns: while the call computes on one, the next copy fills the other.
    """

    def __init__(
        self,
        index: int,
        function: Callable[..., Any],
        arguments: tuple[Any, ...],
        keywords: dict[str, Any],
    ) -> None:
        self._index = index
        self._function = function
        inputs = (arguments, keywords)
        self._pinned = [tensor.cpu().pin_memory() for tensor in _tensors(inputs)]
        self._inputs = [pytree.tree_map_only(torch.Tensor, torch.clone, inputs) for _ in range(2)]
        self._buffers = [_tensors(one) for one in self._inputs]
        self._copies = torch.cuda.Stream(index)
        self._filled = [torch.cuda.Event() for _ in range(2)]
        self._used = [torch.cuda.Event() for _ in range(2)]
        self._turn = 0

    def __call__(self) -> Any:
        turn, self._turn = self._turn, 1 - self._turn
        stream = torch.cuda.current_stream(self._index)
        self._copies.wait_event(self._used[turn])
        with torch.cuda.stream(self._copies):
            for buffer, source in zip(self._buffers[turn], self._pinned, strict=True):
                buffer.copy_(source, non_blocking=True)
        self._filled[turn].record(self._copies)
        stream.wait_event(self._filled[turn])
        arguments, keywords = self._inputs[turn]
        result = self._function(*arguments, **keywords)
        self._used[turn].record(stream)
        return result


def _tensors(inputs: Any) -> list[torch.Tensor]:
    return [leaf for leaf in pytree.tree_leaves(inputs) if isinstance(leaf, torch.Tensor)]


class CudaMemoryBudget:
    """Limits what torch's caching allocator may hold while a guard is held."""

    def __init__(self, index: int, limit_bytes: int | None) -> None:
        self._index = index
        self.limit_bytes = limit_bytes
        self.release(thorough=True)
        self._allocated_bytes = torch.cuda.memory_allocated(index)
        self._reserved_bytes = torch.cuda.memory_reserved(index)

    @property
    def capacity_bytes(self) -> int:
        if self.limit_bytes is not None:
            return self.limit_bytes
        free, total = torch.cuda.mem_get_info(self._index)
        allowed = int(torch.cuda.get_per_process_memory_fraction(self._index) * total)
        return min(free, allowed - torch.cuda.memory_reserved(self._index))

    @contextmanager
    def guard(self) -> Iterator[None]:
        torch.cuda.reset_peak_memory_stats(self._index)
        if self.limit_bytes is None:
            yield
            return
        total = torch.cuda.get_device_properties(self._index).total_memory
        before = torch.cuda.get_per_process_memory_fraction(self._index)
        fraction = min((self._reserved_bytes + self.limit_bytes) / total, before)
        torch.cuda.set_per_process_memory_fraction(fraction, self._index)
        try:
            yield
        finally:
            torch.cuda.set_per_process_memory_fraction(before, self._index)

    def peak_bytes(self) -> int | None:
        return max(torch.cuda.max_memory_allocated(self._index) - self._allocated_bytes, 0)

    def peak(self) -> MemoryPeak:
        free, total = torch.cuda.mem_get_info(self._index)
        with Nvml(str(torch.cuda.get_device_properties(self._index).uuid)) as nvml:
            process_bytes = nvml.memory_of_process()
        return MemoryPeak(
            allocated_bytes=torch.cuda.max_memory_allocated(self._index),
            reserved_bytes=torch.cuda.max_memory_reserved(self._index),
            process_bytes=process_bytes,
            device_bytes=total - free,
        )

    def release(self, *, thorough: bool) -> None:
        collect_garbage(thorough=thorough)
        torch.cuda.empty_cache()


def _dotted(version: int) -> str:
    """13000 is 13.0: the runtime encodes 1000 × major + 10 × minor."""
    return f"{version // 1000}.{version % 1000 // 10}"
