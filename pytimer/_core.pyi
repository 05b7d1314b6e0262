"""
The torch-free timed loops, clocks and sample buffers of pytimer.
"""

from __future__ import annotations
import numpy
import numpy.typing
import typing
import typing_extensions

__all__: list[str] = [
    "CapsuleCall",
    "CudaClock",
    "CudaRuntime",
    "EmptyCall",
    "HostClock",
    "PythonCall",
    "Samples",
    "isolated",
    "pipelined",
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
    def take(
        self,
    ) -> typing.Annotated[list[numpy.typing.NDArray[numpy.float64] | None], "FixedSize(4)"]:
        """
        Hand over (host_s, enqueue_s, device_s, drain_s) as read-only arrays without a copy;
        a column that was not measured is None. Nothing is left behind.
        """

class HostClock:
    """
    Times calls that do their work on the host.
    """
    def __init__(self, now: typing.SupportsInt | typing.SupportsIndex | None = None) -> None:
        """
        now: address of a C function `int64_t()` that returns nanoseconds; None: the steady
        clock of the host.
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
    ) -> None:
        """
        stream: the cudaStream_t as an integer; 0 is the legacy default stream.
        now: as for HostClock.
        """
    def now_ns(self) -> int: ...

class PythonCall:
    """
    A Python callable with its arguments.
    """
    def __init__(
        self,
        function: typing.Any,
        arguments: tuple[typing.Any, ...],
        keywords: dict[str, typing.Any],
    ) -> None: ...

class CapsuleCall:
    """
    A native call; runs without the GIL.
    """
    def __init__(self, capsule: typing_extensions.CapsuleType) -> None: ...

class EmptyCall:
    """
    No call at all: what remains is the loop itself.
    """
    def __init__(self) -> None: ...

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
def pipelined(
    clock: HostClock,
    call: PythonCall,
    calls: typing.SupportsInt | typing.SupportsIndex,
    samples: Samples,
) -> float:
    """
    Issue the calls without waiting in between and synchronise once at the end.

    Returns the length of that wall window, seconds; samples are appended.
    """

@typing.overload
def pipelined(
    clock: HostClock,
    call: CapsuleCall,
    calls: typing.SupportsInt | typing.SupportsIndex,
    samples: Samples,
) -> float: ...
@typing.overload
def pipelined(
    clock: CudaClock,
    call: PythonCall,
    calls: typing.SupportsInt | typing.SupportsIndex,
    samples: Samples,
) -> float:
    """
    Issue the calls without waiting in between and synchronise once at the end.

    Returns the length of that wall window, seconds; samples are appended.
    """

@typing.overload
def pipelined(
    clock: CudaClock,
    call: CapsuleCall,
    calls: typing.SupportsInt | typing.SupportsIndex,
    samples: Samples,
) -> float: ...
