"""Why a call failed: too much memory, too large an index, or a real error.

Types and error codes are looked at first, then texts. Some errors come with too large a batch, but
for other reasons too; such a one counts as a limit only where a smaller batch size has fitted.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from enum import StrEnum

import torch

from pytimer.errors import AcceleratorError, CallError, CudaError, text_of


class Failure(StrEnum):
    """Why a call at some batch size failed."""

    MEMORY = "memory"
    INDEX = "index"
    """Sizes beyond a 32-bit index or the launch grid."""
    DIED = "died"
    """The worker process ended in the call."""
    OTHER = "other"
    """Not a limit of the batch size."""


_CERTAIN = {
    Failure.MEMORY: (
        "out of memory",
        "out_of_memory",
        "outofmemory",
        "can't allocate memory",
        "cannot allocate memory",
        "not enough memory",
        "unable to allocate",
        "bad_alloc",
        "_alloc_failed",
        "cusparse_status_insufficient_resources",
    ),
    Failure.INDEX: (
        "canuse32bitindexmath",
        "32-bit index",
        "int_max",
        "storage size calculation overflowed",
        "integer multiplication overflow",
    ),
}

_AMBIGUOUS = {
    Failure.MEMORY: (
        "unable to find an engine",
        "nvml_success ==",
        "could not create a primitive",
        "could not execute a primitive",
        "cublas_status_not_initialized",
        "cublas_status_execution_failed",
        "cublas_status_internal_error",
        "cudnn_status_not_initialized",
        "cudnn_status_internal_error",
        "cudnn_status_execution_failed",
        "cudnn_status_not_supported",
    ),
    Failure.INDEX: (
        "invalid configuration argument",
        "triton error [cuda]: invalid argument",
        "cuda error: invalid argument",
        "cudnn_status_bad_param",
        "65535",
        "integer out of range",
        "without overflow",
    ),
}

# cudaError_t: invalid value is 1, out of memory 2, invalid configuration 9.
_CERTAIN_CODES = {2: Failure.MEMORY}
_AMBIGUOUS_CODES = {1: Failure.INDEX, 9: Failure.INDEX}

# After these the CUDA context is lost: every later call in the process fails with the same error.
_STICKY_CODES = frozenset({214, 220, 226, 700, 702, 709, 710, *range(714, 721), 999})
_STICKY_TEXTS = (
    "illegal memory access",
    "illegal instruction",
    "device-side assert",
    "misaligned address",
    "unspecified launch failure",
    "launch timed out",
    "uncorrectable ecc",
)


def classify(error: BaseException, *, smaller_fitted: bool) -> Failure:
    """Why `error` was raised; looks at its causes too, for someone may have wrapped it."""
    if is_sticky(error):
        return Failure.OTHER
    for one in _with_causes(error):
        failure = _certain(one) or (_ambiguous(one) if smaller_fitted else None)
        if failure is not None:
            return failure
    return Failure.OTHER


def is_sticky(error: BaseException) -> bool:
    """Whether the CUDA context is lost, so that nothing more can be done in this process."""
    return any(
        _code(one) in _STICKY_CODES or _contains(one, _STICKY_TEXTS) for one in _with_causes(error)
    )


def _certain(error: BaseException) -> Failure | None:
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return Failure.MEMORY
    if isinstance(error, OSError) and error.errno == errno.ENOMEM:
        return Failure.MEMORY
    return _CERTAIN_CODES.get(_code(error)) or _by_text(error, _CERTAIN)


def _ambiguous(error: BaseException) -> Failure | None:
    if isinstance(error, CudaError):  # of the clock, whose calls take nothing from the batch
        return None
    return _AMBIGUOUS_CODES.get(_code(error)) or _by_text(error, _AMBIGUOUS)


def _by_text(error: BaseException, known: dict[Failure, tuple[str, ...]]) -> Failure | None:
    return next((failure for failure in known if _contains(error, known[failure])), None)


def _contains(error: BaseException, texts: tuple[str, ...]) -> bool:
    # Libraries raise RuntimeError, native calls CallError. A ValueError that speaks of memory is
    # someone's own.
    if not isinstance(error, RuntimeError | CallError | AcceleratorError):
        return False
    text = text_of(error).lower()
    return any(known in text for known in texts)


def _code(error: BaseException) -> int:
    """The cudaError_t of torch's AcceleratorError, or of our CudaError; -1 of any other."""
    if isinstance(error, CudaError):
        return error.code
    kind = getattr(torch, "AcceleratorError", ())
    code = getattr(error, "error_code", None) if isinstance(error, kind) else None
    return code if isinstance(code, int) else -1


def _with_causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        yield one
        seen.add(id(one))
        one = one.__cause__
