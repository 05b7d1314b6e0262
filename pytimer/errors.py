"""The exceptions of pytimer.

PyTimerError
├── PlanError (also ValueError)     an argument or an option that cannot be carried out
├── ModelError                      the model or its inputs cannot be found or built
├── DeviceUnavailableError          the device asked for is not there, or cannot be timed
├── CaptureError                    the model cannot be captured into a CUDA graph
├── CallError                       the model raised while it was measured
├── BatchSizeError                  no batch size fits, or the search met a real error
├── CudaError                       a call of the CUDA runtime failed
├── AcceleratorError                an operation of another accelerator failed
├── RankError                       another rank is missing, or the ranks have no figure together
├── ResultFileError                 a file cannot be written, or a result not read
├── NotComparableError              two results of different things, or of different environments
└── SourceError                     a file to audit cannot be read, or is not Python

Interrupted (KeyboardInterrupt)     Ctrl-C while measuring

`samples` is what had been measured before the error, or None; `result` is the result so far, as the
function would have returned it, or None. A result that was broken off has the caveat `incomplete`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytimer.probing import Probe
    from pytimer.samples import Samples


OF_OTHERS = (Exception, SystemExit, GeneratorExit)
"""What someone else's code may raise by itself; a KeyboardInterrupt is the user's."""


_ADVICE_OF_TORCH = (
    "Search for `cudaError",
    "CUDA kernel errors might be asynchronously reported",
    "For debugging consider passing",
    "Compile with `TORCH_USE_CUDA_DSA`",
    "Device-side assertion tracking was not enabled",
)
"""How the lines begin that torch appends to every error of CUDA."""


def text_of(error: BaseException) -> str:
    """Type and message of an error of someone else's code, whatever its `__str__` does.

    Without what torch advises under every error of CUDA.
    """
    kind = type(error).__name__
    try:
        text = str(error)
    except BaseException as broken:
        text = f"(its message raised {type(broken).__name__})"
    lines = (line for line in text.split("\n") if not line.startswith(_ADVICE_OF_TORCH))
    text = "\n".join(lines).rstrip("\n")
    return f"{kind}: {text}" if text else kind


def shown(value: object) -> str:
    """The value in a message: a short line, whatever its `__repr__` does."""
    try:
        text = " ".join(repr(value).split())
    except Exception:
        return f"some {type(value).__name__}"
    return text if len(text) <= 80 else f"{text[:80]}…"


class PyTimerError(Exception):
    """Base of every error that pytimer raises on purpose."""

    samples: Samples | None = None
    result: Any = None


class PlanError(PyTimerError, ValueError):
    """An argument or an option that cannot be carried out."""


class ModelError(PyTimerError):
    """The model or its inputs cannot be found or built."""


class DeviceUnavailableError(PyTimerError):
    """The device asked for is not there, or cannot be timed."""


class CaptureError(PyTimerError):
    """The model cannot be captured into a CUDA graph; the message has the reason."""


class CallError(PyTimerError):
    """The model raised while it was measured; its own exception is the `__cause__`."""


class BatchSizeError(PyTimerError):
    """No batch size fits, or the search met an error that is not a limit.

    Attributes:
        probes: every batch size tried so far, in order.
    """

    def __init__(self, message: str, probes: tuple[Probe, ...] = ()) -> None:
        super().__init__(message)
        self.probes = probes


class CudaError(PyTimerError):
    """A call of the CUDA runtime failed.

    Attributes:
        call: name of the runtime function, such as "cudaEventRecord".
        code: the runtime's error number (cudaError_t).
    """

    def __init__(self, message: str, call: str, code: int) -> None:
        super().__init__(message)
        self.call = call
        self.code = code


class AcceleratorError(PyTimerError):
    """An operation of the clock of an accelerator other than CUDA failed.

    Attributes:
        operation: its name, such as "event_record".
    """

    def __init__(self, message: str, operation: str) -> None:
        super().__init__(message)
        self.operation = operation


class ResultFileError(PyTimerError):
    """A file cannot be written, or is not a result that this version reads."""


class NotComparableError(PyTimerError):
    """Two results are not of the same thing, or not of the same environment."""


class RankError(PyTimerError):
    """Another rank is missing, hangs or cannot be reached, or the ranks have no figure together.

    Attributes:
        reasons: for each rank that is to blame, why.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.reasons: Mapping[int, str] = {}


class SourceError(PyTimerError):
    """A file of source code cannot be read, or is not Python."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C while measuring.

    Attributes:
        samples: what had been measured, or None.
        probes: the batch sizes tried, where a search was interrupted.
        result: the result so far, as the function would have returned it; None where there is none.
    """

    def __init__(
        self,
        samples: Samples | None = None,
        probes: tuple[Probe, ...] = (),
        result: Any = None,
    ) -> None:
        super().__init__("interrupted")
        self.samples = samples
        self.probes = probes
        self.result = result
