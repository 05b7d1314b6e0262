"""The two engines that make and time calls: the C++ loop and the article's Python loop."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import cycle, islice
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from pytimer import _core
from pytimer.aoti import Arguments
from pytimer.devices import Event
from pytimer.plan import Loop
from pytimer.samples import COLUMNS, ClockName, FloatArray, Samples
from pytimer.workload import Workload

Before = Callable[[], Any] | None
"""Made untimed before each repetition; None: nothing."""


NativeCall = _core.PythonCall | _core.CapsuleCall | _core.BusyWait


class IsolatedEngine(Protocol):
    """Makes and times single calls, and keeps their samples until they are taken."""

    def isolated(self, repetitions: int) -> None:
        """Times calls one by one, each on an idle device."""
        ...

    def copy_latest(self, first: int) -> FloatArray | None:
        """Copy of the headline column from index `first` on; None where there is none."""
        ...

    def take(self) -> Samples:
        """Hands all samples over and forgets them."""
        ...


class Engine(IsolatedEngine, Protocol):
    """Makes and times calls of one workload, and keeps their samples until they are taken."""

    def pipelined(self, calls: int, gate: _core.Gate | None = None) -> _core.WallWindow:
        """Issues calls without waiting in between; returns the wall window.

        Args:
            gate: waited at when all is ready; where it is shut, no more calls are made.
        """
        ...


def make_engine(loop: Loop, workload: Workload, before: Before = None) -> Engine:
    return NativeEngine(workload, before) if loop is Loop.NATIVE else PythonEngine(workload, before)


class NativeEngine:
    """The C++ loop. Samples reach numpy without a copy.

    With `spin_ns` each call is put on the stream behind a spin of that length (mode queued). `call`
    replaces the workload's own.
    """

    def __init__(
        self,
        workload: Workload,
        before: Before = None,
        *,
        spin_ns: int | None = None,
        call: NativeCall | None = None,
    ) -> None:
        device = workload.device
        self._clock = device.native_clock()
        self._isolated_clock: (
            _core.HostClock | _core.CudaClock | _core.CudaQueuedClock | _core.AcceleratorClock
        ) = self._clock
        if spin_ns is not None:
            spin = device.spin()
            assert isinstance(self._clock, _core.CudaClock), "a device with a spin has its clock"
            self._isolated_clock = _core.CudaQueuedClock(self._clock, spin, spin_ns)
        self._clock_name: ClockName = "device" if device.asynchronous else "host"
        self._call: NativeCall = workload.native_call(before) if call is None else call
        self._samples = _core.Samples()

    def isolated(self, repetitions: int) -> None:
        _core.isolated(self._isolated_clock, self._call, repetitions, self._samples)

    def isolated_without_call(self, repetitions: int) -> None:
        """As `isolated`, but nothing is called: what remains is the floor of the measurement."""
        _core.isolated(self._isolated_clock, _core.EmptyCall(), repetitions, self._samples)

    def pipelined(self, calls: int, gate: _core.Gate | None = None) -> _core.WallWindow:
        return _core.pipelined(self._clock, self._call, calls, self._samples, gate)

    def copy_latest(self, first: int) -> FloatArray | None:
        return self._samples.copy_latest(first)

    def take(self) -> Samples:
        marks = self._samples.take_clean()
        columns = self._samples.take()
        return Samples(self._clock_name, columns, marks=marks if len(marks) else None)


class PairedEngine:
    """The C++ loop over two calls in turn, each isolated."""

    def __init__(self, a: Workload, b: Workload) -> None:
        self._clock = a.device.native_clock()
        self._clock_name: ClockName = "device" if a.device.asynchronous else "host"
        self._a, self._b = a.native_call(None), b.native_call(None)
        self._samples_a, self._samples_b = _core.Samples(), _core.Samples()

    def paired(self, b_first: npt.NDArray[np.integer[Any]]) -> None:
        """Times a pair for each entry; `b` comes first where it is not 0."""
        order = b_first.tolist()
        _core.paired(self._clock, self._a, self._b, order, self._samples_a, self._samples_b)

    def copy_latest(self, first: int) -> FloatArray | None:
        return self._samples_a.copy_latest(first)

    def copy_latest_b(self, first: int) -> FloatArray | None:
        return self._samples_b.copy_latest(first)

    def take(self) -> Samples:
        """The samples of `a` in the pairs that were finished; those of `b` are kept for `take_b`.

        A call that raises leaves half a pair behind.
        """
        both = [Samples(self._clock_name, s.take()) for s in (self._samples_a, self._samples_b)]
        pairs = min(map(len, both))
        first, self._taken_b = (samples.first(pairs) for samples in both)
        return first

    def take_b(self) -> Samples:
        """The samples of `b` in the pairs that `take` has handed over."""
        return self._taken_b

    def take_both(self) -> tuple[Samples, Samples]:
        return self.take(), self.take_b()


class PythonEngine:
    """The article's loop: start event, call, stop event, synchronise; on the host two clock reads.

    Takes the same stamps as the C++ loop, so that both fill the same columns.
    """

    def __init__(self, workload: Workload, before: Before = None) -> None:
        self._device = workload.device
        self._function, sets = workload.python_call
        self._sets: Iterator[Arguments] = cycle(sets)
        self._before = before
        self._columns: dict[str, list[float]] = {name: [] for name in COLUMNS}
        self._headline = "device_s" if self._device.asynchronous else "host_s"

    def isolated(self, repetitions: int) -> None:
        if self._device.asynchronous:
            self._isolated_on_device(repetitions)
        else:
            self._isolated_on_host(repetitions)

    def _isolated_on_host(self, repetitions: int) -> None:
        function = self._function
        now, keep = self._device.host_now_ns, self._columns["host_s"].append
        for arguments, keywords in self._turns(repetitions):
            begin = now()
            result = function(*arguments, **keywords)
            end = now()
            keep((end - begin) / 1e9)
            del result

    def _isolated_on_device(self, repetitions: int) -> None:
        function = self._function
        now = self._device.host_now_ns
        host, enqueue, device, drain = (self._columns[name].append for name in COLUMNS[:4])
        start, stop = self._device.make_event(), self._device.make_event()
        start.record()
        stop.record()
        self._device.synchronize()
        for arguments, keywords in self._turns(repetitions):
            begin = now()
            start.record()
            called = now()
            result = function(*arguments, **keywords)
            returned = now()
            stop.record()
            stop.synchronize()
            end = now()
            self._device.synchronize()
            idle = now()
            device_s = start.elapsed_time(stop) / 1e3
            host((end - begin) / 1e9)
            enqueue((returned - called) / 1e9)
            device(device_s)
            drain((idle - end) / 1e9)
            del result

    def pipelined(self, calls: int, gate: _core.Gate | None = None) -> _core.WallWindow:
        gate = gate or _core.Gate(_pass)
        if self._device.asynchronous:
            return self._pipelined_on_device(calls, gate)
        return self._pipelined_on_host(calls, gate)

    def _pipelined_on_host(self, calls: int, gate: _core.Gate) -> _core.WallWindow:
        function, now = self._function, self._device.host_now_ns
        keep, finish = self._columns["host_s"].append, self._columns["finish_s"].append
        gate.wait()
        opened = now()
        for arguments, keywords in islice(self._sets, calls):
            if gate.is_shut:
                break
            begin = now()
            result = function(*arguments, **keywords)
            end = now()
            keep((end - begin) / 1e9)
            finish((end - opened) / 1e9)
            del result
        return _core.WallWindow(opened, now())

    def _pipelined_on_device(self, calls: int, gate: _core.Gate) -> _core.WallWindow:
        function = self._function
        now, keep = self._device.host_now_ns, self._columns["enqueue_s"].append
        events = [(self._device.make_event(), self._device.make_event()) for _ in range(calls)]
        window_opened = self._device.make_event()
        self._device.synchronize()
        gate.wait()
        opened = now()
        window_opened.record()
        unread = deque[tuple[Event, Event]]()
        try:
            for (start, stop), (arguments, keywords) in zip(events, self._sets, strict=False):
                if gate.is_shut:
                    break
                start.record()
                called = now()
                result = function(*arguments, **keywords)
                returned = now()
                stop.record()
                keep((returned - called) / 1e9)
                del result
                unread.append((start, stop))
            self._device.synchronize()
            closed = now()
            self._keep_device_times(window_opened, unread)
        except BaseException:
            with suppress(Exception):  # should the device have failed, the first error is told
                self._device.synchronize()
                self._keep_device_times(window_opened, unread)
            raise
        return _core.WallWindow(opened, closed)

    def _keep_device_times(self, opened: Event, unread: deque[tuple[Event, Event]]) -> None:
        while unread:
            start, stop = unread[0]
            device_s, finish_s = start.elapsed_time(stop) / 1e3, opened.elapsed_time(stop) / 1e3
            self._columns["device_s"].append(device_s)
            self._columns["finish_s"].append(finish_s)
            unread.popleft()

    def _turns(self, repetitions: int) -> Iterator[Arguments]:
        """The arguments of each repetition."""
        if self._before is None:
            return islice(self._sets, repetitions)
        return self._turns_after(self._before, repetitions)

    def _turns_after(self, before: Callable[[], Any], repetitions: int) -> Iterator[Arguments]:
        for _ in range(repetitions):
            before()
            yield next(self._sets)

    def copy_latest(self, first: int) -> FloatArray | None:
        column = self._columns[self._headline]
        return np.array(column[first:]) if column else None

    def take(self) -> Samples:
        columns = {name: column for name, column in self._columns.items() if column}
        if self._headline not in columns:  # the device failed before its times could be read
            columns = {}
        # After an exception the call that raised may have filled some columns only.
        finished = min(map(len, columns.values()), default=0)
        measured = {name: np.array(column[:finished]) for name, column in columns.items()}
        for column in self._columns.values():
            column.clear()
        return Samples("device" if self._device.asynchronous else "host", measured)


def _pass() -> None:
    """An open gate."""
