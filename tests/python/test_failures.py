import pytest
import torch

from pytimer.failures import Failure, classify


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB."),
        RuntimeError("CUDA error: out of memory"),
        RuntimeError(
            "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate "
            "memory: you tried to allocate 16777216 bytes. Error code 12"
        ),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
        RuntimeError("std::bad_alloc"),
    ],
)
def test_too_little_memory(error):
    assert classify(error) is Failure.MEMORY


@pytest.mark.parametrize(
    "text",
    [
        "Expected canUse32BitIndexMath(input) && canUse32BitIndexMath(output) to be true",
        "CUDA error: invalid configuration argument",
        "nonzero is not supported for tensors with more than INT_MAX elements",
    ],
)
def test_too_large_an_index(text):
    assert classify(RuntimeError(text)) is Failure.INDEX


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("mat1 and mat2 shapes cannot be multiplied (1x9 and 8x8)"),
        RuntimeError("CUDA error: an illegal memory access was encountered"),
        ValueError("out of memory"),
        TypeError("forward() missing 1 required positional argument"),
    ],
)
def test_other_errors_are_not_limits(error):
    assert classify(error) is Failure.OTHER
