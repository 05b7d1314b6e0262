"""Why a call failed: too much memory, too large an index, or a real error."""

from __future__ import annotations

from enum import StrEnum

import torch

from pytimer.errors import text_of


class Failure(StrEnum):
    """Why a call at some batch size failed."""

    MEMORY = "memory"
    INDEX = "index"
    """Sizes beyond a 32-bit index or the launch grid."""
    OTHER = "other"
    """Not a limit of the batch size."""


_MEMORY_TEXTS = (
    "out of memory",
    "can't allocate memory",
    "cannot allocate memory",
    "not enough memory",
    "std::bad_alloc",
    "cublas_status_alloc_failed",
    "cudnn_status_alloc_failed",
)

_INDEX_TEXTS = (
    "32-bit index",
    "canuse32bitindexmath",
    "invalid configuration argument",
    "int_max",
    "too many elements",
)


def classify(error: BaseException) -> Failure:
    """Why `error` was raised, first by its type, then by known texts."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return Failure.MEMORY
    if isinstance(error, RuntimeError):
        text = text_of(error).lower()
        if any(known in text for known in _MEMORY_TEXTS):
            return Failure.MEMORY
        if any(known in text for known in _INDEX_TEXTS):
            return Failure.INDEX
    return Failure.OTHER
