"""The C++ loops on the host clock, driven from Python."""

import ctypes
import gc
import sys
from contextlib import suppress

import numpy as np
import pytest

from pytimer import _core


class VirtualTime:
    """A host clock that moves only when told; its C address can be given to the loops."""

    def __init__(self):
        self.now_ns = 0
        self._function = ctypes.CFUNCTYPE(ctypes.c_int64)(lambda: self.now_ns)
        self.address = ctypes.cast(self._function, ctypes.c_void_p).value


@pytest.fixture
def time():
    return VirtualTime()


@pytest.fixture
def clock(time):
    return _core.HostClock(time.address)


def test_host_time_is_the_length_of_the_call_exactly(time, clock):
    lengths = iter([5, 1_000, 7_000_000_000])

    def call():
        time.now_ns += next(lengths)

    samples = _core.Samples()
    _core.isolated(clock, _core.PythonCall(call, [((), {})]), 3, samples)
    columns = samples.take()
    assert columns["host_s"].tolist() == [5e-9, 1e-6, 7.0]
    assert columns.keys() == {"host_s"}


def test_dropping_the_result_is_not_timed(time, clock):
    class Slow:
        def __del__(self):
            time.now_ns += 1_000

    samples = _core.Samples()
    _core.isolated(clock, _core.PythonCall(Slow, [((), {})]), 3, samples)
    assert samples.take()["host_s"].tolist() == [0.0, 0.0, 0.0]
    assert time.now_ns == 3_000


def test_the_window_holds_the_calls_and_what_is_between_them(time, clock):
    class Slow:
        def __init__(self):
            time.now_ns += 100

        def __del__(self):
            time.now_ns += 10

    samples = _core.Samples()
    window = _core.pipelined(clock, _core.PythonCall(Slow, [((), {})]), 5, samples)
    assert window.seconds == 550e-9
    assert window.closed_ns - window.opened_ns == 550
    assert samples.take()["host_s"].tolist() == [100e-9] * 5


@pytest.mark.parametrize("loop", [_core.isolated, _core.pipelined])
@pytest.mark.parametrize("repetitions", [0, 1, 1000])
def test_exactly_as_many_calls_as_asked(loop, repetitions):
    calls = []
    samples = _core.Samples()
    loop(_core.HostClock(), _core.PythonCall(calls.append, [((1,), {})]), repetitions, samples)
    assert len(calls) == repetitions
    assert len(samples.take().get("host_s", ())) == repetitions


def test_arguments_and_keywords_arrive(clock):
    seen = []

    def call(*args, **kwargs):
        seen.append((args, kwargs))

    class Bound:
        def method(self, value):
            seen.append(value)

    _core.isolated(clock, _core.PythonCall(call, [((1, "a"), {"k": [2]})]), 1, _core.Samples())
    _core.isolated(clock, _core.PythonCall(Bound().method, [((3,), {})]), 1, _core.Samples())
    assert seen == [((1, "a"), {"k": [2]}), 3]


@pytest.mark.parametrize("loop", [_core.isolated, _core.pipelined])
def test_a_call_that_raises_ends_the_loop_and_keeps_the_samples(loop, time, clock):
    def call():
        time.now_ns += 1
        if time.now_ns == 7:
            raise LookupError("seventh")

    samples = _core.Samples()
    with pytest.raises(LookupError, match="seventh"):
        loop(clock, _core.PythonCall(call, [((), {})]), 300, samples)
    assert len(samples.take()["host_s"]) == 6


def test_keyboard_interrupt_inside_the_call_leaves_the_loop(clock):
    def call():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _core.isolated(clock, _core.PythonCall(call, [((), {})]), 300, _core.Samples())


def test_samples_are_handed_over_without_a_copy_and_read_only(clock):
    samples = _core.Samples()
    _core.isolated(clock, _core.PythonCall(int, [((), {})]), 10, samples)
    host_s = samples.take()["host_s"]
    assert host_s.dtype == np.float64
    assert host_s.base is not None  # a view of memory that the capsule owns
    assert not host_s.flags.owndata
    with pytest.raises(ValueError, match="read-only"):
        host_s[0] = 1.0
    assert samples.take() == {}
    assert len(samples.take_clean()) == 0


def test_the_arrays_outlive_the_samples(clock, time):
    def call():
        time.now_ns += 3

    samples = _core.Samples()
    _core.isolated(clock, _core.PythonCall(call, [((), {})]), 1000, samples)
    host_s = samples.take()["host_s"]
    del samples
    gc.collect()
    assert host_s.tolist() == [3e-9] * 1000


def test_samples_of_several_loops_follow_each_other(clock, time):
    steps = iter(range(1, 11))

    def call():
        time.now_ns += next(steps)

    samples = _core.Samples()
    for repetitions in (2, 3, 5):
        _core.isolated(clock, _core.PythonCall(call, [((), {})]), repetitions, samples)
    assert samples.copy_latest(7).tolist() == [8e-9, 9e-9, 10e-9]
    assert samples.copy_latest(99).tolist() == []
    assert samples.take()["host_s"].tolist() == [i / 1e9 for i in range(1, 11)]


def test_no_reference_is_leaked():
    argument, result = object(), object()

    def call(_):
        return result

    before = [sys.getrefcount(x) for x in (argument, result, call)]
    python_call = _core.PythonCall(call, [((argument,), {})])
    _core.isolated(_core.HostClock(), python_call, 1000, _core.Samples())
    del python_call
    gc.collect()
    assert [sys.getrefcount(x) for x in (argument, result, call)] == before


def test_a_negative_number_of_repetitions_is_refused(clock):
    with pytest.raises(TypeError):
        _core.isolated(clock, _core.PythonCall(int, [((), {})]), -1, _core.Samples())


def test_a_capsule_of_another_kind_is_refused():
    with pytest.raises((TypeError, ValueError)):
        _core.CapsuleCall("not a capsule")
    foreign = ctypes.pythonapi.PyCapsule_New
    foreign.restype = ctypes.py_object
    foreign.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
    with pytest.raises(ValueError, match="PyCapsule"):
        _core.CapsuleCall(foreign(1, b"someone.Else", None))


def test_a_machine_without_cuda_says_so():
    import pytimer

    has_runtime = False
    with suppress(ImportError):
        import torch

        has_runtime = torch.version.cuda is not None  # in this process, with or without a GPU
    if not has_runtime:
        with pytest.raises(pytimer.PyTimerError, match="load a CUDA build of torch first"):
            _core.CudaRuntime.from_process(99)
    with pytest.raises(pytimer.PyTimerError, match="could not open it"):
        _core.CudaRuntime.from_library("/nowhere/libcudart.so")
