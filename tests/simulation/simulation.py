"""The simulated CUDA runtime from Python, and a Device on it."""

from __future__ import annotations

import ctypes
import os
import subprocess
import threading
from contextlib import contextmanager, nullcontext
from enum import IntEnum
from functools import partial
from pathlib import Path

import numpy as np
import torch

from pytimer import _core
from pytimer.devices import DeviceFacts, EnergyMeter, Health, MemoryPeak, Observed
from pytimer.devices.capturing import called_before_capture, capturing
from pytimer.errors import CaptureError

SOURCE = Path(__file__).with_name("simulated_cudart.cpp")


def build(folder: Path) -> Path:
    """Compiles the runtime into `folder` and returns the library."""
    library = folder / "libsimulated_cudart.so"
    compiler = os.environ.get("CXX", "g++")
    flags = ["-std=c++17", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    subprocess.run([compiler, *flags, str(SOURCE), "-o", str(library)], check=True)
    return library


class Manner(IntEnum):
    """How long an error lasts; see simulated_cudart.hpp."""

    ONCE = 0
    STICKY = 1
    AT_NEXT_WAIT = 2


class Simulation:
    """Controls the runtime; see simulated_cudart.hpp. Times are nanoseconds."""

    def __init__(self, library: Path) -> None:
        self._library = ctypes.CDLL(str(library))
        self._library.sim_now_ns.restype = ctypes.c_int64
        self._library.sim_create_stream.restype = ctypes.c_void_p
        self._library.sim_log.restype = ctypes.c_char_p
        self._library.sim_timeline.restype = ctypes.c_char_p
        self._library.sim_launch_graph.argtypes = [ctypes.c_int, ctypes.c_void_p]
        self._library.sim_launch.argtypes = [ctypes.c_void_p, ctypes.c_int64]
        self._library.cudaEventRecord.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
        self._library.cudaGetErrorString.restype = ctypes.c_char_p
        self._library.sim_failed_call.restype = ctypes.c_char_p
        for name in ("sim_host_work", "sim_set_launch_cost", "sim_set_record_cost"):
            getattr(self._library, name).argtypes = [ctypes.c_int64]
            getattr(self._library, name).restype = None
        self.runtime = _core.CudaRuntime.from_library(str(library))
        self.now_address = ctypes.cast(self._library.sim_now_ns, ctypes.c_void_p).value
        self.now_ns = self._library.sim_now_ns
        self._wait = ctypes.CFUNCTYPE(None, ctypes.c_int64)(self._wait_until)
        self.wait_address = ctypes.cast(self._wait, ctypes.c_void_p).value
        self.reset = self._library.sim_reset
        self.host_work = self._library.sim_host_work
        self.set_launch_cost = self._library.sim_set_launch_cost
        self.set_record_cost = self._library.sim_set_record_cost
        self.set_queue_depth = self._library.sim_set_queue_depth
        self.fail_asynchronously = self._library.sim_fail_asynchronously
        self.live_events = self._library.sim_live_events
        self.most_live_events = self._library.sim_most_live_events
        self.live_libraries = self._library.sim_live_libraries
        self.set_most_calls = self._library.sim_set_most_calls
        self.counted_calls = self._library.sim_counted_calls
        self.last_error = self._library.cudaPeekAtLastError

    def _wait_until(self, due_ns: int) -> None:
        self.host_work(due_ns - self.now_ns())

    def launch(self, duration_ns: int, stream: int | None = None) -> None:
        """Puts a kernel on the stream, as a model would; raises as torch does."""
        self._raise_if(self._library.sim_launch(stream, duration_ns), "launch")

    def capture(self, call) -> int:
        """Makes the call without running its kernels; returns the graph."""
        self._library.sim_begin_capture()
        try:
            call()
        finally:
            graph = self._library.sim_end_capture()
        return graph

    def launch_graph(self, graph: int, stream: int | None = None) -> None:
        self._raise_if(self._library.sim_launch_graph(graph, stream), "launch of a graph")

    def synchronize_stream(self, stream: int | None = None) -> None:
        """What a call does that waits by itself."""
        self.check("cudaStreamSynchronize", ctypes.c_void_p(stream))

    def fail_call(self, name: str, nth: int, status: int) -> None:
        self._library.sim_fail_call(name.encode(), nth, status)

    def fail_at(self, index: int, status: int, manner: Manner) -> None:
        """The call of that index from now on fails; a negative index: none, but all are counted."""
        self._library.sim_fail_at(index, status, manner)

    def failed_call(self) -> str:
        """The function at whose call that error arose, or ""."""
        return self._library.sim_failed_call().decode()

    def calls(self, name: str) -> int:
        return self._library.sim_calls(name.encode())

    def log(self) -> list[str]:
        return self._library.sim_log().decode().split()

    def timeline(self) -> list[tuple[str, str, int, int]]:
        """What ran when: ("host" or a stream's number, what, begin, end)."""
        lines = self._library.sim_timeline().decode().splitlines()
        return [(where, what, int(b), int(e)) for where, what, b, e in map(str.split, lines)]

    def create_stream(self, device: int = 0) -> int:
        return self._library.sim_create_stream(device)

    def clear_log(self) -> None:
        self._library.sim_clear_log()

    def current_device(self) -> int:
        index = ctypes.c_int()
        self._library.cudaGetDevice(ctypes.byref(index))
        return index.value

    def check(self, name: str, *arguments: object) -> None:
        """Calls the runtime as torch's own event does."""
        self._raise_if(getattr(self._library, name)(*arguments), name)

    def _raise_if(self, status: int, what: str) -> None:
        """As torch's checks do, which clear the runtime's last error."""
        if status:
            self._library.cudaGetLastError()
            text = self._library.cudaGetErrorString(status).decode()
            raise RuntimeError(f"CUDA error: {text} ({what} failed with {status})")


class SimulatedEvent:
    """Stands for torch.cuda.Event."""

    def __init__(self, simulation: Simulation, stream: int | None) -> None:
        self._simulation = simulation
        self._stream = stream
        self._handle = ctypes.c_void_p()
        simulation.check("cudaEventCreateWithFlags", ctypes.byref(self._handle), 0)

    def __del__(self) -> None:
        """As torch's: of an event that was made; a failure is no error."""
        if self._handle and self._simulation._library.cudaEventDestroy(self._handle):
            self._simulation._library.cudaGetLastError()

    def record(self) -> None:
        self._simulation.check("cudaEventRecord", self._handle, self._stream)

    def synchronize(self) -> None:
        self._simulation.check("cudaEventSynchronize", self._handle)

    def elapsed_time(self, end_event: SimulatedEvent, /) -> float:
        milliseconds = ctypes.c_float()
        self._simulation.check(
            "cudaEventElapsedTime",
            ctypes.byref(milliseconds),
            self._handle,
            end_event._handle,
        )
        return milliseconds.value


class SimulatedWork:
    """A spin that stamps itself, as the one on CUDA."""

    def __init__(self, device: SimulatedDevice, length_s: float, calls: int) -> None:
        self._device = device
        self._length_ns = round(length_s * 1e9)
        self._stamps = np.zeros((calls, 2), dtype=np.int64)
        self._made = 0

    def call(self) -> None:
        row = self._stamps.ctypes.data + 16 * (self._made % len(self._stamps))
        self._made += 1
        self._device.spin().launch(self._device.stream or 0, self._length_ns, row)

    def native_call(self) -> None:
        return None

    def lengths_s(self):
        made = self._stamps[: min(self._made, len(self._stamps))]
        return (made[:, 1] - made[:, 0]) / 1e9


class UnlimitedMemory:
    """A memory budget without a limit; the models under test fail by themselves."""

    limit_bytes = None
    capacity_bytes = None

    @contextmanager
    def guard(self):
        yield

    def peak_bytes(self):
        return None

    def peak(self):
        return MemoryPeak()

    def release(self, *, thorough):
        pass


class SimulatedDevice:
    """A Device on the simulated runtime. Tensors stay where they are."""

    name = "simulated:0"
    asynchronous = True
    hides_launches = True
    default_max_batch_size = None
    probes_in_worker = False
    cache_bytes = 2**20
    flush_ns = 30_000
    copy_ns = 7_000

    def __init__(self, simulation: Simulation, stream: int | None = None, index: int = 0) -> None:
        self.simulation = simulation
        self._thread = threading.local()
        self._stream = stream
        self.index = index
        self.refuses_capture = False
        self.cache_is_warm = False
        self.healths: list[Health] = []
        self.watts: int | None = None
        self.energy_reads_ns: list[int] = []
        self._spin: _core.CudaSpin | None = None

    def place(self, tensor: torch.Tensor) -> torch.Tensor:
        return tensor

    def native_clock(self) -> _core.CudaClock:
        return _core.CudaClock(
            self.simulation.runtime,
            self.stream or 0,
            self.index,
            self.simulation.now_address,
            self.simulation.wait_address,
        )

    def host_now_ns(self) -> int:
        return self.simulation.now_ns()

    def make_event(self) -> SimulatedEvent:
        return SimulatedEvent(self.simulation, self.stream)

    def synchronize(self) -> None:
        self.simulation.check("cudaDeviceSynchronize")

    def default_memory_limit_bytes(self) -> None:
        return None

    @property
    def stream(self) -> int | None:
        """Of this thread."""
        return getattr(self._thread, "stream", self._stream)

    @stream.setter
    def stream(self, stream: int | None) -> None:
        self._thread.stream = stream

    def as_current(self):
        return nullcontext()

    @contextmanager
    def own_stream(self):
        before, self.stream = self.stream, self.simulation.create_stream(self.index)
        try:
            yield
        finally:
            self.stream = before

    def copying_in(self, function, arguments, keywords):
        """Each call is preceded by a copy on a stream of its own."""
        copies = self.simulation.create_stream(self.index)

        def call():
            self.simulation.launch(self.copy_ns, copies)
            return function(*arguments, **keywords)

        return call

    def memory_budget(self, limit_bytes: int | None) -> UnlimitedMemory:
        return UnlimitedMemory()

    def facts(self) -> DeviceFacts:
        return DeviceFacts(self.name, "simulated device", cuda_runtime_version="13.0")

    def health(self) -> Health:
        return self.healths.pop(0) if self.healths else Health()

    def energy_meter(self):
        """As long as the power is constant, energy is time."""
        if self.watts is None:
            return nullcontext(EnergyMeter.none("the simulated device counts none"))
        return nullcontext(EnergyMeter(self._energy_j))

    def _energy_j(self) -> float:
        self.energy_reads_ns.append(self.simulation.now_ns())
        return self.watts * self.energy_reads_ns[-1] / 1e9

    def known_work(self, length_s: float, calls: int) -> SimulatedWork:
        return SimulatedWork(self, length_s, calls)

    def spin(self) -> _core.CudaSpin:
        if self._spin is None:
            self._spin = _core.CudaSpin(self.simulation.runtime)
        return self._spin

    def capture(self, call):
        called_before_capture(call)
        if self.refuses_capture:
            raise CaptureError("the model cannot be captured into a CUDA graph: it was told not to")
        with capturing(self.synchronize) as called:
            graph = self.simulation.capture(partial(called, call))
        return lambda: self.simulation.launch_graph(graph, self.stream)

    def observe(self, call) -> Observed:
        waits = ("cudaEventSynchronize", "cudaStreamSynchronize", "cudaDeviceSynchronize")
        before = sum(map(self.simulation.calls, waits))
        call()
        return Observed(sum(map(self.simulation.calls, waits)) - before)

    def cache_flush(self, *, wait: bool):
        def flush():
            self.simulation.launch(self.flush_ns, self.stream)
            self.cache_is_warm = False
            if wait:
                self.synchronize()

        return flush

    def cache_probe(self):
        def probe():
            self.simulation.launch(2_000 if self.cache_is_warm else 6_000, self.stream)
            self.cache_is_warm = True

        return probe
