"""One wall window of several threads that call at the same time, each on a stream of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch

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
        start_line: threading.Barrier,
    ) -> None:
        super().__init__(daemon=True)
        self._workload = workload
        self._make_engine = make_engine
        self._warm_up_calls = warm_up
        self._calls = calls
        self._start_line = start_line
        self.warm_up: Samples | None = None
        self.samples: Samples | None = None
        self.error: BaseException | None = None
        self.begin_ns = self.end_ns = 0

    def run(self) -> None:
        try:
            # Inference mode and the current stream belong to a thread.
            with torch.inference_mode(), self._workload.device.own_stream():
                self._measure(self._make_engine(self._workload))
        except threading.BrokenBarrierError:
            pass  # another thread has failed, and has the reason
        except BaseException as error:
            self.error = error
            self._start_line.abort()

    def _measure(self, engine: Engine) -> None:
        device = self._workload.device
        engine.isolated(self._warm_up_calls)
        self.warm_up = engine.take()
        self._start_line.wait()
        self.begin_ns = device.host_now_ns()
        try:
            engine.pipelined(self._calls)
        finally:
            self.end_ns = device.host_now_ns()
            self.samples = engine.take()


def together(
    workloads: list[Workload],
    make_engine: Callable[[Workload], Engine],
    warm_up: int,
    calls: int,
) -> Together:
    """Makes `calls` calls in one window, shared out evenly; each workload has a thread.

    Raises:
        Whatever a thread raised first.
    """
    start_line = threading.Barrier(len(workloads))
    shares = [len(part) for part in np.array_split(np.arange(calls), len(workloads))]
    threads = [
        _Thread(workload, make_engine, warm_up, share, start_line)
        for workload, share in zip(workloads, shares, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for thread in threads:
        if thread.error is not None:
            raise thread.error
    begin_ns = min(thread.begin_ns for thread in threads)
    window_s = (max(thread.end_ns for thread in threads) - begin_ns) / 1e9
    parts = [since(begin_ns, thread) for thread in threads]
    warm_up_parts = [thread.warm_up for thread in threads if thread.warm_up is not None]
    return Together(Samples.joined(warm_up_parts), _by_finish(Samples.joined(parts)), window_s)


def since(begin_ns: int, thread: _Thread) -> Samples:
    """The thread's samples with finish times from the common beginning."""
    samples = thread.samples
    assert samples is not None, "a thread without an error has samples"
    assert samples.finish_s is not None, "pipelined calls have finish times"
    finish_s = samples.finish_s + (thread.begin_ns - begin_ns) / 1e9
    return replace(samples, columns={**samples.columns, "finish_s": finish_s})


def _by_finish(samples: Samples) -> Samples:
    assert samples.finish_s is not None, "pipelined calls have finish times"
    order = np.argsort(samples.finish_s, kind="stable")
    return Samples(samples.clock, {name: column[order] for name, column in samples.columns.items()})
