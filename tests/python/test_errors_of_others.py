"""What is said of an error that torch or the model raised."""

import gc
import weakref
from contextlib import suppress

import pytest
import torch

from pytimer import CaptureError
from pytimer.devices.capturing import capturing
from pytimer.errors import text_of

OF_CUDA = """CUDA error: operation not permitted when stream is capturing
Search for `cudaErrorStreamCaptureUnsupported' in https://docs.nvidia.com/cuda/ for more.
CUDA kernel errors might be asynchronously reported at some other API call, so look elsewhere.
For debugging consider passing CUDA_LAUNCH_BLOCKING=1
Compile with `TORCH_USE_CUDA_DSA` to enable device-side assertions.
"""


def test_what_torch_advises_under_an_error_of_cuda_is_left_out():
    expected = "RuntimeError: CUDA error: operation not permitted when stream is capturing"
    assert text_of(RuntimeError(OF_CUDA)) == expected


def test_other_lines_are_kept():
    text = "mat1 and mat2 shapes cannot be multiplied\n  (2x9 and 8x8)"
    assert text_of(RuntimeError(text)) == f"RuntimeError: {text}"
    assert text_of(ValueError()) == "ValueError"


class Capture:
    """As torch.cuda.graph: a capture that failed raises once more at its end."""

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        raise RuntimeError("operation failed due to a previous error during capture")


def fail(error):
    raise error


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (RuntimeError(OF_CUDA), "; use mode queued"),
        (torch.OutOfMemoryError("no memory"), "; a graph holds memory of its own: free some, or"),
    ],
)
def test_the_error_of_the_call_is_told_and_not_that_of_the_end_of_the_capture(error, remedy):
    given_up = []
    with (
        pytest.raises(CaptureError) as raised,
        capturing(lambda: given_up.append(True)) as called,
        Capture(),
    ):
        called(lambda: fail(error))
    assert f"into a CUDA graph: {text_of(error)}{remedy}" in str(raised.value)
    assert raised.value.__cause__ is error
    assert given_up == [True]


def test_where_the_call_raised_nothing_it_is_the_end_of_the_capture_that_is_told():
    with (
        pytest.raises(CaptureError, match="a previous error"),
        capturing(bool) as called,
        Capture(),
    ):
        called(int)


def test_what_the_call_held_is_free_once_the_error_is_dropped():
    class Held:
        pass

    def call():
        held = Held()
        seen.append(weakref.ref(held))
        raise torch.OutOfMemoryError("no memory")

    seen = []
    gc.collect()
    gc.disable()
    try:
        with suppress(CaptureError), capturing(bool) as called, Capture():
            called(call)
        assert seen[0]() is None
    finally:
        gc.enable()
