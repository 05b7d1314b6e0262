"""Real messages of torch and the libraries below it, and what they mean to a batch-size search."""

import errno

import pytest
import torch

from pytimer.errors import CallError
from pytimer.probing import Failure, classify
from pytimer.probing.failures import is_sticky

MEMORY, INDEX, OTHER = Failure.MEMORY, Failure.INDEX, Failure.OTHER

CERTAIN = [
    (
        MEMORY,
        "CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0 has a total capacity of 79.11 GiB "
        "of which 3.25 GiB is free.",
    ),
    (MEMORY, "CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported"),
    (MEMORY, "CUDA driver error: out of memory"),
    (MEMORY, "HIP out of memory. Tried to allocate 2.00 GiB."),
    (MEMORY, "MPS backend out of memory (MPS allocated: 8.12 GB, max allowed: 9.07 GB)."),
    (
        MEMORY,
        "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate "
        "memory: you tried to allocate 16777216 bytes. Error code 12 (Cannot allocate memory)",
    ),
    (MEMORY, "DefaultCPUAllocator: not enough memory: you tried to allocate 805306368 bytes."),
    (MEMORY, "unable to mmap 1228800 bytes from file </torch_1>: Cannot allocate memory (12)"),
    (MEMORY, "std::bad_alloc"),
    (MEMORY, "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    (MEMORY, "cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
    (MEMORY, "cuFFT error: CUFFT_ALLOC_FAILED"),
    (MEMORY, "cusolver error: CUSOLVER_STATUS_ALLOC_FAILED, when calling `cusolverDnCreate`"),
    (
        MEMORY,
        "CUDA error: CUSPARSE_STATUS_INSUFFICIENT_RESOURCES when calling `cusparseSpMM(handle)`",
    ),
    (
        INDEX,
        "Expected canUse32BitIndexMath(input) && canUse32BitIndexMath(output) to be true, but got "
        "false.  (Could this error message be improved?",
    ),
    (INDEX, "input tensor must fit into 32-bit index math"),
    (INDEX, "nonzero is not supported for tensors with more than INT_MAX elements"),
    (INDEX, "Storage size calculation overflowed with sizes=[1, 256, 17513998554724, 2]"),
    (INDEX, "numel: integer multiplication overflow"),
]

AMBIGUOUS = [
    (MEMORY, "GET was unable to find an engine to execute this computation"),
    (MEMORY, "FIND was unable to find an engine to execute this computation"),
    (
        MEMORY,
        'NVML_SUCCESS == r INTERNAL ASSERT FAILED at "../c10/cuda/CUDACachingAllocator.cpp":830, '
        "please report a bug to PyTorch.",
    ),
    (
        MEMORY,
        "NVML_SUCCESS == DriverAPI::get()->nvmlInit_v2_() INTERNAL ASSERT FAILED at "
        '"../c10/cuda/CUDACachingAllocator.cpp":813, please report a bug to PyTorch.',
    ),
    (MEMORY, "could not create a primitive"),
    (MEMORY, "CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`"),
    (MEMORY, "CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasSgemm(handle)`"),
    (MEMORY, "cuDNN error: CUDNN_STATUS_INTERNAL_ERROR"),
    (MEMORY, "cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"),
    (
        MEMORY,
        "cuDNN error: CUDNN_STATUS_NOT_SUPPORTED. This error may appear if you passed in a "
        "non-contiguous input.",
    ),
    (INDEX, "CUDA error: invalid configuration argument"),
    (INDEX, "Triton Error [CUDA]: invalid argument"),
    (INDEX, "CUDA error: invalid argument"),
    (INDEX, "cuDNN error: CUDNN_STATUS_BAD_PARAM"),
    (INDEX, "batch size must be at most 65535, got 65536"),
    (INDEX, "integer out of range"),
    (INDEX, "value cannot be converted to type int32_t without overflow"),
]

REAL = [
    "mat1 and mat2 shapes cannot be multiplied (1x9 and 8x8)",
    "CUDA error: an illegal memory access was encountered",
    "CUDA error: device-side assert triggered",
    "CUDA error: unspecified launch failure",
    "CUDA error: misaligned address",
    "CUDA error: no kernel image is available for execution on the device",
    "Expected all tensors to be on the same device, but found at least two devices!",
    "Given groups=1, weight of size [32, 3, 3, 3], expected input[1, 4, 64, 64] to have 3 channels",
    "element 0 of tensors does not require grad and does not have a grad_fn",
]


def test_the_table_is_large():
    assert len(CERTAIN) + len(AMBIGUOUS) >= 20


@pytest.mark.parametrize("smaller_fitted", [False, True])
@pytest.mark.parametrize(("failure", "text"), CERTAIN)
def test_certain_texts(failure, text, smaller_fitted):
    assert classify(RuntimeError(text), smaller_fitted=smaller_fitted) is failure


@pytest.mark.parametrize(("failure", "text"), AMBIGUOUS)
def test_ambiguous_texts_are_limits_only_where_a_smaller_size_fitted(failure, text):
    assert classify(RuntimeError(text), smaller_fitted=True) is failure
    assert classify(RuntimeError(text), smaller_fitted=False) is OTHER


@pytest.mark.parametrize("text", REAL)
def test_real_errors_are_no_limits(text):
    assert classify(RuntimeError(text), smaller_fitted=True) is OTHER


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        MemoryError("Unable to allocate 1.00 GiB for an array with shape (134217728,)"),
        torch.OutOfMemoryError("a text nobody knows"),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
    ],
)
def test_the_type_is_enough(error):
    assert classify(error, smaller_fitted=False) is MEMORY


@pytest.mark.parametrize(
    "error", [ValueError("out of memory"), TypeError("std::bad_alloc"), OSError("out of memory")]
)
def test_texts_count_for_runtime_errors_only(error):
    assert classify(error, smaller_fitted=True) is OTHER


def test_an_error_of_a_native_call_is_known_by_its_text():
    error = CallError("net raised in call 3 of 10: DefaultCPUAllocator: can't allocate memory")
    assert classify(error, smaller_fitted=False) is MEMORY


def accelerator_error(code, text="a text nobody knows"):
    error = torch.AcceleratorError(text)
    error.error_code = code
    return error


@pytest.mark.parametrize(
    ("code", "first", "later"),
    [(2, MEMORY, MEMORY), (9, OTHER, INDEX), (1, OTHER, INDEX), (700, OTHER, OTHER)],
)
def test_error_codes_of_the_accelerator(code, first, later):
    error = accelerator_error(code)
    assert classify(error, smaller_fitted=False) is first
    assert classify(error, smaller_fitted=True) is later


@pytest.mark.parametrize("code", [700, 710, 716, 719])
def test_a_lost_context_is_sticky_whatever_the_text_says(code):
    error = accelerator_error(code, "CUDA error: out of memory")
    assert is_sticky(error)
    assert classify(error, smaller_fitted=True) is OTHER


@pytest.mark.parametrize("text", REAL[1:5])
def test_a_lost_context_is_known_by_its_text_too(text):
    assert is_sticky(RuntimeError(text))
    assert not is_sticky(ValueError(text))


def test_a_wrapped_error_is_known_by_its_cause():
    wrapped = ValueError("the backbone failed")
    wrapped.__cause__ = torch.OutOfMemoryError("CUDA out of memory.")
    assert classify(wrapped, smaller_fitted=False) is MEMORY
    wrapped.__cause__ = wrapped
    assert classify(wrapped, smaller_fitted=True) is OTHER


def test_the_host_allocator_still_says_what_the_table_expects():
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**60, dtype=torch.uint8)
    assert classify(caught.value, smaller_fitted=False) is MEMORY
    with pytest.raises(RuntimeError) as caught:
        torch.empty((2**40, 2**40))
    assert classify(caught.value, smaller_fitted=False) is INDEX
