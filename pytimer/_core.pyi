"""
The torch-free timed loops, clocks and sample buffers of pytimer.
"""

from __future__ import annotations
import collections.abc
import numpy
import numpy.typing
import typing
import typing_extensions

__all__: list[str] = [
    "AcceleratorClock",
    "BusyWait",
    "CapsuleCall",
    "CudaClock",
    "CudaQueuedClock",
    "CudaRuntime",
    "CudaSpin",
    "EmptyCall",
    "Gate",
    "HostClock",
    "PythonCall",
    "Requests",
    "Samples",
    "WallWindow",
    "isolated",
    "paired",
    "pipelined",
    "serve_paced",
    "serve_scheduled",
]

class Samples:
    """
    Columns of a loop's measurements, seconds.
    """
    def __init__(self) -> None: ...
    def copy_latest(
        self, first: typing.SupportsInt | typing.SupportsIndex
    ) -> numpy.typing.NDArray[numpy.float64] | None:
        """
        Copy of device_s, or of host_s where there is none, from index `first` on.
        """
    def take(self) -> dict[str, numpy.typing.NDArray[numpy.float64]]:
        """
        Hand over the measured columns by name, as read-only arrays without a copy. Nothing is
        left behind.
        """
    def take_clean(self) -> numpy.typing.NDArray[numpy.uint8]:
        """
        Hand over, likewise, which samples are clean: 1 or 0; empty unless queued.
        """

class Requests:
    """
    What a request loop has seen, seconds.
    """
    def __init__(self) -> None: ...
    def take(self) -> dict[str, numpy.typing.NDArray[numpy.float64]]:
        """
        Hand over the columns by name, as read-only arrays without a copy. Nothing is left
        behind.
        """

class HostClock:
    """
    Times calls that do their work on the host.
    """
    def __init__(
        self,
        now: typing.SupportsInt | typing.SupportsIndex | None = None,
        wait: typing.SupportsInt | typing.SupportsIndex | None = None,
    ) -> None:
        """
        now: address of a C function `int64_t()` that returns nanoseconds; None: the steady
        clock of the host.
        wait: address of a C function `void(int64_t)` that lets time pass until `now` returns
        its argument, or less of it; None: sleep, then spin.
        """
    def now_ns(self) -> int: ...

class CudaRuntime:
    """
    The CUDA runtime's functions, found at run time.
    """
    @staticmethod
    def from_library(path: str) -> CudaRuntime:
        """
        The runtime in the shared library at `path`.
        """
    @staticmethod
    def from_process(major: typing.SupportsInt | typing.SupportsIndex) -> CudaRuntime:
        """
        The runtime that this process has loaded; loads nothing.
        """
    def driver_version(self) -> int: ...
    def runtime_version(self) -> int: ...

class CudaClock:
    """
    Times calls on a CUDA stream by events.
    """
    def __init__(
        self,
        runtime: CudaRuntime,
        stream: typing.SupportsInt | typing.SupportsIndex,
        device: typing.SupportsInt | typing.SupportsIndex,
        now: typing.SupportsInt | typing.SupportsIndex | None = None,
        wait: typing.SupportsInt | typing.SupportsIndex | None = None,
    ) -> None:
        """
        stream: the cudaStream_t as an integer; 0 is the legacy default stream.
        now, wait: as for HostClock.
        """
    def now_ns(self) -> int: ...

class AcceleratorClock:
    """
    Times calls on a stream of any accelerator by its events.
    """
    def __init__(
        self,
        stream: typing_extensions.CapsuleType,
        now: typing.SupportsInt | typing.SupportsIndex | None = None,
        wait: typing.SupportsInt | typing.SupportsIndex | None = None,
    ) -> None:
        """
        stream: an AcceleratorStream capsule.
        now, wait: as for HostClock.
        """
    def now_ns(self) -> int: ...

class CudaSpin:
    """
    A kernel that occupies a stream for a stated time.
    """
    def __init__(self, runtime: CudaRuntime) -> None: ...
    def launch(
        self,
        stream: typing.SupportsInt | typing.SupportsIndex,
        duration_ns: typing.SupportsInt | typing.SupportsIndex,
        stamps: typing.SupportsInt | typing.SupportsIndex = 0,
    ) -> None:
        """
        stamps: address of device memory for two uint64, which receive the device's global
        timer, nanoseconds, at start and end; 0: none.
        """

class CudaQueuedClock:
    """
    Times calls behind a spin.
    """
    def __init__(
        self, clock: CudaClock, spin: CudaSpin, spin_ns: typing.SupportsInt | typing.SupportsIndex
    ) -> None: ...

class PythonCall:
    """
    A Python callable, called with each set of arguments in turn.
    """
    def __init__(
        self,
        function: typing.Any,
        sets: collections.abc.Sequence[tuple[tuple[typing.Any, ...], dict[str, typing.Any]]],
        before: typing.Any = None,
    ) -> None:
        """
        sets: (arguments, keywords) pairs, at least one.
        before: called untimed before each repetition; None: nothing.
        """

class CapsuleCall:
    """
    A native call; runs without the GIL.
    """
    def __init__(self, capsule: typing_extensions.CapsuleType, before: typing.Any = None) -> None:
        """
        before: as for PythonCall.
        """

class EmptyCall:
    """
    No call at all: what remains is the loop itself.
    """
    def __init__(self) -> None: ...

class BusyWait:
    """
    Work of known length on the host; stamps itself.
    """
    def __call__(self) -> None:
        """
        Do the work once.
        """
    def __init__(
        self,
        length_ns: typing.SupportsInt | typing.SupportsIndex,
        calls: typing.SupportsInt | typing.SupportsIndex,
    ) -> None: ...
    def lengths_s(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        How long each call took by its own stamps, seconds.
        """

class WallWindow:
    """
    The wall window of pipelined calls, by the host's clock, nanoseconds.
    """
    def __init__(
        self,
        opened_ns: typing.SupportsInt | typing.SupportsIndex,
        closed_ns: typing.SupportsInt | typing.SupportsIndex,
    ) -> None: ...
    @property
    def closed_ns(self) -> int: ...
    @property
    def opened_ns(self) -> int: ...
    @property
    def seconds(self) -> float:
        """
        Its length.
        """

class Gate:
    """
    Where the windows of several threads wait and end.
    """
    def __init__(self, wait: collections.abc.Callable[[], typing.Any]) -> None:
        """
        wait: called by each window when it is ready to open; what it raises ends the loop.
        """
    def shut(self) -> None:
        """
        No window makes another call.
        """
    def wait(self) -> None: ...
    @property
    def is_shut(self) -> bool: ...

@typing.overload
def isolated(
    clock: HostClock,
    call: PythonCall,
    repetitions: typing.SupportsInt | typing.SupportsIndex,
    samples: Samples,
) -> None:
    """
    Time the calls one by one, each on an idle device; samples are appended.
    """

@typing.overload
def isolated(
    clock: HostClock,
    call: CapsuleCall,
    repetitions: typing.SupportsInt | typing.SupportsIndex,
    samples: Samples,
) -> None: ...
@typing.overload
def isolated(
    clock: HostClock,
    call: EmptyCall,
    repetitions: typing.SupportsInt | typing.SupportsIndex,
    samples: Samples,
) -> None: ...
@typing.overload
def isolated(
    clock: HostClock,
    call: BusyWait,
    repetitions: typing.SupportsInt | typing.SupportsIndex,
    samples: Samples,
) -> None: ...
@typing.overload
def isolated(
    clock: CudaClock,
    call: PythonCall,
    repetitions: typing.SupportsInt | typing.SupportsIndex,
    samples: Samples,
) -> None:
    """
    Time the calls one by one, each on an idle device; samples are appended.
    """

@typing.overload
def isolated(
    clock: CudaClock,
    call: CapsuleCall,
    repetitions: typing.SupportsInt | typing.SupportsIndex,
    samples: Samples,
) -> None: ...
@typing.overload
def isolated(
    clock: CudaClock,
    call: EmptyCall,
    repetitions: typing.SupportsInt | typing.SupportsIndex,
    samples: Samples,
) -> None: ...
@typing.overload
def isolated(
    clock: CudaClock,
    call: BusyWait,
    repetitions: typing.SupportsInt | typing.SupportsIndex,
    samples: Samples,
) -> None: ...
@typing.overload
def isolated(
    clock: CudaQueuedClock,
    call: PythonCall,
    repetitions: typing.SupportsInt | typing.SupportsIndex,
    samples: Samples,
) -> None:
    """
    Time the calls one by one, each on an idle device; samples are appended.
    """

@typing.overload
def isolated(
    clock: CudaQueuedClock,
    call: CapsuleCall,
    repetitions: typing.SupportsInt | typing.SupportsIndex,
    samples: Samples,
) -> None: ...
@typing.overload
def isolated(
    clock: CudaQueuedClock,
    call: EmptyCall,
    repetitions: typing.SupportsInt | typing.SupportsIndex,
    samples: Samples,
) -> None: ...
@typing.overload
def isolated(
    clock: CudaQueuedClock,
    call: BusyWait,
    repetitions: typing.SupportsInt | typing.SupportsIndex,
    samples: Samples,
) -> None: ...
@typing.overload
def isolated(
    clock: AcceleratorClock,
    call: PythonCall,
    repetitions: typing.SupportsInt | typing.SupportsIndex,
    samples: Samples,
) -> None:
    """
    Time the calls one by one, each on an idle device; samples are appended.
    """

@typing.overload
def isolated(
    clock: AcceleratorClock,
    call: CapsuleCall,
    repetitions: typing.SupportsInt | typing.SupportsIndex,
    samples: Samples,
) -> None: ...
@typing.overload
def isolated(
    clock: AcceleratorClock,
    call: EmptyCall,
    repetitions: typing.SupportsInt | typing.SupportsIndex,
    samples: Samples,
) -> None: ...
@typing.overload
def isolated(
    clock: AcceleratorClock,
    call: BusyWait,
    repetitions: typing.SupportsInt | typing.SupportsIndex,
    samples: Samples,
) -> None: ...
@typing.overload
def paired(
    clock: HostClock,
    a: PythonCall,
    b: PythonCall,
    b_first: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    samples_a: Samples,
    samples_b: Samples,
) -> None:
    """
    Time two calls in pairs; of each pair the first is `b` where `b_first` is not 0.
    """

@typing.overload
def paired(
    clock: HostClock,
    a: PythonCall,
    b: CapsuleCall,
    b_first: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    samples_a: Samples,
    samples_b: Samples,
) -> None:
    """
    Time two calls in pairs; of each pair the first is `b` where `b_first` is not 0.
    """

@typing.overload
def paired(
    clock: HostClock,
    a: CapsuleCall,
    b: PythonCall,
    b_first: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    samples_a: Samples,
    samples_b: Samples,
) -> None:
    """
    Time two calls in pairs; of each pair the first is `b` where `b_first` is not 0.
    """

@typing.overload
def paired(
    clock: HostClock,
    a: CapsuleCall,
    b: CapsuleCall,
    b_first: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    samples_a: Samples,
    samples_b: Samples,
) -> None:
    """
    Time two calls in pairs; of each pair the first is `b` where `b_first` is not 0.
    """

@typing.overload
def paired(
    clock: CudaClock,
    a: PythonCall,
    b: PythonCall,
    b_first: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    samples_a: Samples,
    samples_b: Samples,
) -> None:
    """
    Time two calls in pairs; of each pair the first is `b` where `b_first` is not 0.
    """

@typing.overload
def paired(
    clock: CudaClock,
    a: PythonCall,
    b: CapsuleCall,
    b_first: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    samples_a: Samples,
    samples_b: Samples,
) -> None:
    """
    Time two calls in pairs; of each pair the first is `b` where `b_first` is not 0.
    """

@typing.overload
def paired(
    clock: CudaClock,
    a: CapsuleCall,
    b: PythonCall,
    b_first: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    samples_a: Samples,
    samples_b: Samples,
) -> None:
    """
    Time two calls in pairs; of each pair the first is `b` where `b_first` is not 0.
    """

@typing.overload
def paired(
    clock: CudaClock,
    a: CapsuleCall,
    b: CapsuleCall,
    b_first: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    samples_a: Samples,
    samples_b: Samples,
) -> None:
    """
    Time two calls in pairs; of each pair the first is `b` where `b_first` is not 0.
    """

@typing.overload
def paired(
    clock: AcceleratorClock,
    a: PythonCall,
    b: PythonCall,
    b_first: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    samples_a: Samples,
    samples_b: Samples,
) -> None:
    """
    Time two calls in pairs; of each pair the first is `b` where `b_first` is not 0.
    """

@typing.overload
def paired(
    clock: AcceleratorClock,
    a: PythonCall,
    b: CapsuleCall,
    b_first: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    samples_a: Samples,
    samples_b: Samples,
) -> None:
    """
    Time two calls in pairs; of each pair the first is `b` where `b_first` is not 0.
    """

@typing.overload
def paired(
    clock: AcceleratorClock,
    a: CapsuleCall,
    b: PythonCall,
    b_first: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    samples_a: Samples,
    samples_b: Samples,
) -> None:
    """
    Time two calls in pairs; of each pair the first is `b` where `b_first` is not 0.
    """

@typing.overload
def paired(
    clock: AcceleratorClock,
    a: CapsuleCall,
    b: CapsuleCall,
    b_first: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    samples_a: Samples,
    samples_b: Samples,
) -> None:
    """
    Time two calls in pairs; of each pair the first is `b` where `b_first` is not 0.
    """

@typing.overload
def pipelined(
    clock: HostClock,
    call: PythonCall,
    calls: typing.SupportsInt | typing.SupportsIndex,
    samples: Samples,
    gate: Gate | None = None,
) -> WallWindow:
    """
    Issue the calls without waiting in between and synchronise once at the end.

    Samples are appended. The gate is waited at when all is ready; where it is shut, no
    more calls are made.
    """

@typing.overload
def pipelined(
    clock: HostClock,
    call: CapsuleCall,
    calls: typing.SupportsInt | typing.SupportsIndex,
    samples: Samples,
    gate: Gate | None = None,
) -> WallWindow: ...
@typing.overload
def pipelined(
    clock: HostClock,
    call: BusyWait,
    calls: typing.SupportsInt | typing.SupportsIndex,
    samples: Samples,
    gate: Gate | None = None,
) -> WallWindow: ...
@typing.overload
def pipelined(
    clock: CudaClock,
    call: PythonCall,
    calls: typing.SupportsInt | typing.SupportsIndex,
    samples: Samples,
    gate: Gate | None = None,
) -> WallWindow:
    """
    Issue the calls without waiting in between and synchronise once at the end.

    Samples are appended. The gate is waited at when all is ready; where it is shut, no
    more calls are made.
    """

@typing.overload
def pipelined(
    clock: CudaClock,
    call: CapsuleCall,
    calls: typing.SupportsInt | typing.SupportsIndex,
    samples: Samples,
    gate: Gate | None = None,
) -> WallWindow: ...
@typing.overload
def pipelined(
    clock: CudaClock,
    call: BusyWait,
    calls: typing.SupportsInt | typing.SupportsIndex,
    samples: Samples,
    gate: Gate | None = None,
) -> WallWindow: ...
@typing.overload
def pipelined(
    clock: AcceleratorClock,
    call: PythonCall,
    calls: typing.SupportsInt | typing.SupportsIndex,
    samples: Samples,
    gate: Gate | None = None,
) -> WallWindow:
    """
    Issue the calls without waiting in between and synchronise once at the end.

    Samples are appended. The gate is waited at when all is ready; where it is shut, no
    more calls are made.
    """

@typing.overload
def pipelined(
    clock: AcceleratorClock,
    call: CapsuleCall,
    calls: typing.SupportsInt | typing.SupportsIndex,
    samples: Samples,
    gate: Gate | None = None,
) -> WallWindow: ...
@typing.overload
def pipelined(
    clock: AcceleratorClock,
    call: BusyWait,
    calls: typing.SupportsInt | typing.SupportsIndex,
    samples: Samples,
    gate: Gate | None = None,
) -> WallWindow: ...
@typing.overload
def serve_paced(
    clock: HostClock,
    call: PythonCall,
    idle_ns: typing.SupportsInt | typing.SupportsIndex,
    count: typing.SupportsInt | typing.SupportsIndex,
    last_start_ns: typing.SupportsInt | typing.SupportsIndex,
    requests: Requests,
) -> str:
    """
    Serve requests of which each arrives `idle_ns` after the one before was finished.
    """

@typing.overload
def serve_paced(
    clock: HostClock,
    call: CapsuleCall,
    idle_ns: typing.SupportsInt | typing.SupportsIndex,
    count: typing.SupportsInt | typing.SupportsIndex,
    last_start_ns: typing.SupportsInt | typing.SupportsIndex,
    requests: Requests,
) -> str: ...
@typing.overload
def serve_paced(
    clock: CudaClock,
    call: PythonCall,
    idle_ns: typing.SupportsInt | typing.SupportsIndex,
    count: typing.SupportsInt | typing.SupportsIndex,
    last_start_ns: typing.SupportsInt | typing.SupportsIndex,
    requests: Requests,
) -> str:
    """
    Serve requests of which each arrives `idle_ns` after the one before was finished.
    """

@typing.overload
def serve_paced(
    clock: CudaClock,
    call: CapsuleCall,
    idle_ns: typing.SupportsInt | typing.SupportsIndex,
    count: typing.SupportsInt | typing.SupportsIndex,
    last_start_ns: typing.SupportsInt | typing.SupportsIndex,
    requests: Requests,
) -> str: ...
@typing.overload
def serve_paced(
    clock: AcceleratorClock,
    call: PythonCall,
    idle_ns: typing.SupportsInt | typing.SupportsIndex,
    count: typing.SupportsInt | typing.SupportsIndex,
    last_start_ns: typing.SupportsInt | typing.SupportsIndex,
    requests: Requests,
) -> str:
    """
    Serve requests of which each arrives `idle_ns` after the one before was finished.
    """

@typing.overload
def serve_paced(
    clock: AcceleratorClock,
    call: CapsuleCall,
    idle_ns: typing.SupportsInt | typing.SupportsIndex,
    count: typing.SupportsInt | typing.SupportsIndex,
    last_start_ns: typing.SupportsInt | typing.SupportsIndex,
    requests: Requests,
) -> str: ...
@typing.overload
def serve_scheduled(
    clock: HostClock,
    call: PythonCall,
    arrivals_ns: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
    most_waiting: typing.SupportsInt | typing.SupportsIndex,
    last_start_ns: typing.SupportsInt | typing.SupportsIndex,
    requests: Requests,
) -> str:
    """
    Serve requests that arrive at these moments since the loop began; returns why it
    ended: served, queue-full, out-of-time or interrupted. Requests are appended.
    """

@typing.overload
def serve_scheduled(
    clock: HostClock,
    call: CapsuleCall,
    arrivals_ns: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
    most_waiting: typing.SupportsInt | typing.SupportsIndex,
    last_start_ns: typing.SupportsInt | typing.SupportsIndex,
    requests: Requests,
) -> str: ...
@typing.overload
def serve_scheduled(
    clock: CudaClock,
    call: PythonCall,
    arrivals_ns: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
    most_waiting: typing.SupportsInt | typing.SupportsIndex,
    last_start_ns: typing.SupportsInt | typing.SupportsIndex,
    requests: Requests,
) -> str:
    """
    Serve requests that arrive at these moments since the loop began; returns why it
    ended: served, queue-full, out-of-time or interrupted. Requests are appended.
    """

@typing.overload
def serve_scheduled(
    clock: CudaClock,
    call: CapsuleCall,
    arrivals_ns: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
    most_waiting: typing.SupportsInt | typing.SupportsIndex,
    last_start_ns: typing.SupportsInt | typing.SupportsIndex,
    requests: Requests,
) -> str: ...
@typing.overload
def serve_scheduled(
    clock: AcceleratorClock,
    call: PythonCall,
    arrivals_ns: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
    most_waiting: typing.SupportsInt | typing.SupportsIndex,
    last_start_ns: typing.SupportsInt | typing.SupportsIndex,
    requests: Requests,
) -> str:
    """
    Serve requests that arrive at these moments since the loop began; returns why it
    ended: served, queue-full, out-of-time or interrupted. Requests are appended.
    """

@typing.overload
def serve_scheduled(
    clock: AcceleratorClock,
    call: CapsuleCall,
    arrivals_ns: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
    most_waiting: typing.SupportsInt | typing.SupportsIndex,
    last_start_ns: typing.SupportsInt | typing.SupportsIndex,
    requests: Requests,
) -> str: ...
