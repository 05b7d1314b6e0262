"""One wall window of several threads that call at the same time, each on a stream of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from pytimer._core import Gate, WallWindow
from pytimer.errors import CallError, Interrupted, PyTimerError, text_of
from pytimer.loops import Engine
from pytimer.samples import Samples
from pytimer.workload import Workload


@dataclass(frozen=True, slots=True)
class Together:
    """What the threads measured.

    Attributes:
        samples: of all threads, in the order in which the calls were finished.
        window_s: from the moment all threads were ready until the last had finished, seconds.
    """

    warm_up: Samples
    samples: Samples
    window_s: float


class _Thread(threading.Thread):
    """Makes the calls of one workload; what it raised is in `error`."""

    def __init__(
        self,
        workload: Workload,
        make_engine: Callable[[Workload], Engine],
        warm_up: int,
        calls: int,
        line: _StartLine,
    ) -> None:
        super().__init__(daemon=True)
        self._workload = workload
        self._make_engine = make_engine
        self._warm_up_calls = warm_up
        self._calls = calls
        self._line = line
        self.warm_up: Samples | None = None
        self.samples: Samples | None = None
        self.window: WallWindow | None = None
        self.error: BaseException | None = None
        self._is_done = threading.Event()

    def wait(self) -> None:
        """Until it has ended. `join` alone takes a thread for ended once Ctrl-C has interrupted it
        (CPython 3.11)."""
        self._is_done.wait()
        self.join()

    def run(self) -> None:
        try:
            # Gradient mode, autocast and the current stream belong to a thread.
            with self._workload.calling(), self._workload.device.own_stream():
                self._measure(self._make_engine(self._workload))
        except threading.BrokenBarrierError:
            pass  # it was called off by whoever has the reason
        except BaseException as error:
            self.error = error
            self._line.call_off()
        finally:
            self._is_done.set()

    def _measure(self, engine: Engine) -> None:
        for _ in range(self._warm_up_calls):
            if self._line.gate.is_shut:
                raise threading.BrokenBarrierError
            engine.isolated(1)
        self.warm_up = engine.take()
        try:
            self.window = engine.pipelined(self._calls, self._line.gate)
        finally:
            self.samples = engine.take()


class _StartLine:
    """Where threads wait until the windows of all are ready, and how the others are told to end."""

    def __init__(self, threads: int, now_ns: Callable[[], int]) -> None:
        self._now_ns = now_ns
        self.opened_ns = 0  # when all were ready
        self._barrier = threading.Barrier(threads, action=self._open)
        self.gate = Gate(self._barrier.wait)

    def _open(self) -> None:
        self.opened_ns = self._now_ns()

    def call_off(self) -> None:
        """No thread makes another call."""
        self.gate.shut()
        self._barrier.abort()


def together(
    workloads: list[Workload],
    make_engine: Callable[[Workload], Engine],
    warm_up: int,
    calls: int,
) -> Together:
    """Makes `calls` calls in one window, shared out evenly; each workload has a thread.

    Raises:
        Interrupted: Ctrl-C; `samples` has the finished calls of all threads.
        CallError: a call raised, or a thread cannot be started; likewise.
        PyTimerError: the device failed; likewise.
    """
    line = _StartLine(len(workloads), workloads[0].device.host_now_ns)
    shares = [len(part) for part in np.array_split(np.arange(calls), len(workloads))]
    threads = [
        _Thread(workload, make_engine, warm_up, share, line)
        for workload, share in zip(workloads, shares, strict=True)
    ]
    try:
        for started, thread in enumerate(threads):
            try:
                thread.start()
            except RuntimeError as error:
                raise CallError(
                    f"thread {started + 1} of {len(threads)} cannot be started ({error}); use a "
                    "lower concurrency"
                ) from None
        for thread in threads:
            thread.wait()
    except BaseException as error:
        line.call_off()
        for thread in threads:
            if thread.ident is not None:
                thread.wait()  # until the call in hand is over
        if isinstance(error, KeyboardInterrupt):
            raise Interrupted(_joined(threads, line)) from None
        raise
    for thread in threads:
        if thread.error is not None:
            raise _with_samples(thread.error, workloads[0], _joined(threads, line))
    windows = [thread.window for thread in threads if thread.window is not None]
    opened_ns = min(window.opened_ns for window in windows)
    window_s = WallWindow(opened_ns, max(window.closed_ns for window in windows)).seconds
    warm_up_parts = [thread.warm_up for thread in threads if thread.warm_up is not None]
    samples = _joined(threads, line)
    assert samples is not None, "threads without an error have samples"
    return Together(Samples.joined(warm_up_parts), samples, window_s)


def _with_samples(error: BaseException, workload: Workload, samples: Samples | None) -> Exception:
    """The error as one of pytimer's, with the calls that all threads had finished."""
    if isinstance(error, PyTimerError) and not isinstance(error, CallError):
        error.samples = samples
        return error
    text = str(error) if isinstance(error, CallError) else text_of(error)
    done = 0 if samples is None else len(samples)
    wrapped = CallError(
        f"{workload.name} raised in one of several threads, after {done} calls of all: {text}"
    )
    wrapped.samples, wrapped.__cause__ = samples, error
    return wrapped


def _joined(threads: list[_Thread], line: _StartLine) -> Samples | None:
    """The finished calls of all threads as one series; None where there is none."""
    parts = []
    for thread in threads:
        if thread.samples:
            # A window that an error ended was opened when all were ready.
            window = thread.window or WallWindow(line.opened_ns, line.opened_ns)
            parts.append((window, thread.samples))
    if not parts:
        return None
    begin_ns = min(window.opened_ns for window, _ in parts)
    return _by_finish(Samples.joined([since(begin_ns, *one) for one in parts]))


def since(begin_ns: int, window: WallWindow, samples: Samples) -> Samples:
    """The samples of a thread's window, with finish times from the common beginning."""
    assert samples.finish_s is not None, "pipelined calls have finish times"
    finish_s = samples.finish_s + (window.opened_ns - begin_ns) / 1e9
    return replace(samples, columns={**samples.columns, "finish_s": finish_s})


def _by_finish(samples: Samples) -> Samples:
    assert samples.finish_s is not None, "pipelined calls have finish times"
    order = np.argsort(samples.finish_s, kind="stable")
    return Samples(samples.clock, {name: column[order] for name, column in samples.columns.items()})
