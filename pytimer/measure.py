"""Warm-up, chunks, progress and the way out: everything around a timed loop but the loop itself."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from pytimer.errors import CallError, Interrupted, PyTimerError
from pytimer.loops import Engine, make_engine
from pytimer.plan import LatencyPlan, ThroughputPlan
from pytimer.progress import OnProgress, Progress
from pytimer.samples import Samples
from pytimer.workload import Workload

CHUNK_S = 0.5
"""Wanted length of a chunk: how long Ctrl-C and the progress bar wait."""

MOST_CALLS_IN_CHUNK = 65536


@dataclass(frozen=True, slots=True)
class Series:
    """What a loop measured, and the warm-up calls before it."""

    warm_up: Samples
    samples: Samples


@dataclass(frozen=True, slots=True)
class WindowSeries(Series):
    """A series whose calls were pipelined in one wall window of `window_s` seconds."""

    window_s: float


def isolated(workload: Workload, plan: LatencyPlan, on_progress: OnProgress | None) -> Series:
    """Warm-up, then `plan.repetitions` calls one by one.

    Raises:
        CallError: the model raised; `samples` has what was measured before.
        CudaError: the runtime failed; likewise.
        Interrupted: Ctrl-C; likewise.
    """
    engine = make_engine(plan.loop, workload)
    with _paused_garbage_collection():
        warm_up = _warm_up(engine, workload, plan.warm_up, on_progress)
        chunks = _Chunks(engine, plan.repetitions, _seconds_per_call(warm_up))
        spare = make_engine(plan.loop, workload)
        with _keeping_samples(engine, workload, "repetition", plan.repetitions):
            for done in chunks:
                if on_progress is not None:
                    on_progress(
                        Progress("latency", done, plan.repetitions, _running_median(engine))
                    )
                    if done < plan.repetitions:
                        # The pause let caches and clocks go; these calls are not timed.
                        spare.isolated(1)
                        chunks.mark_pause()
    return Series(warm_up, engine.take(chunks.pauses))


def pipelined(
    workload: Workload, plan: ThroughputPlan, on_progress: OnProgress | None
) -> WindowSeries:
    """Warm-up, then `plan.batches` calls in one window. Raises as `isolated`."""
    engine = make_engine(plan.loop, workload)
    with _paused_garbage_collection():
        warm_up = _warm_up(engine, workload, plan.warm_up, on_progress)
        if on_progress is not None:
            seconds = _seconds_per_call(warm_up)
            note = f"one window of about {seconds * plan.batches:.0f} s" if seconds else ""
            on_progress(Progress("throughput", 0, plan.batches, note))
            make_engine(plan.loop, workload).isolated(1)
        with _keeping_samples(engine, workload, "batch", plan.batches):
            window_s = engine.pipelined(plan.batches)
        if on_progress is not None:
            on_progress(Progress("throughput", plan.batches, plan.batches))
    return WindowSeries(warm_up, engine.take(), window_s)


def _warm_up(
    engine: Engine, workload: Workload, calls: int, on_progress: OnProgress | None
) -> Samples:
    with _keeping_samples(engine, workload, "warm-up call", calls):
        for done in _Chunks(engine, calls, None):
            if on_progress is not None:
                on_progress(Progress("warm-up", done, calls))
    return engine.take()


class _Chunks:
    """Makes `total` isolated calls in chunks of about CHUNK_S; yields the calls made so far."""

    def __init__(self, engine: Engine, total: int, seconds_per_call: float | None) -> None:
        self._engine = engine
        self._total = total
        self._seconds_per_call = seconds_per_call
        self._done = 0
        self.pauses: tuple[int, ...] = ()

    def __iter__(self) -> Iterator[int]:
        while self._done < self._total:
            calls = min(self._calls_in_chunk(), self._total - self._done)
            begin = time.perf_counter()
            self._engine.isolated(calls)
            self._seconds_per_call = (time.perf_counter() - begin) / calls
            self._done += calls
            yield self._done

    def mark_pause(self) -> None:
        self.pauses += (self._done,)

    def _calls_in_chunk(self) -> int:
        if self._seconds_per_call is None:
            return 1
        return int(min(max(CHUNK_S / max(self._seconds_per_call, 1e-9), 1), MOST_CALLS_IN_CHUNK))


@contextmanager
def _keeping_samples(engine: Engine, workload: Workload, what: str, total: int) -> Iterator[None]:
    """Puts what has been measured so far on whatever exception leaves the loop."""
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(engine.take()) from None
    except PyTimerError as error:
        error.samples = engine.take()
        if isinstance(error, CallError):
            raise _call_error(workload, what, total, error.samples, str(error)) from None
        raise
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
        raise _call_error(workload, what, total, engine.take(), text) from error


def _call_error(
    workload: Workload, what: str, total: int, samples: Samples, text: str
) -> CallError:
    subject = workload.subject
    inputs = ", ".join(subject.inputs) or "no tensors"
    error = CallError(
        f"{subject.model} raised in {what} {len(samples) + 1} of {total} "
        f"on {subject.device} with {inputs}: {text}"
    )
    error.samples = samples
    return error


@contextmanager
def _paused_garbage_collection() -> Iterator[None]:
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _seconds_per_call(warm_up: Samples) -> float | None:
    return float(np.median(warm_up.host_s)) if warm_up.host_s is not None else None


def _running_median(engine: Engine) -> str:
    latest = engine.copy_latest(0)
    return "" if latest is None else f"median so far {np.median(latest) * 1e3:.4g} ms"
