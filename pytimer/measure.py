"""Warm-up, chunks, progress and the way out: everything around a timed loop but the loop itself."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Protocol

import numpy as np

from pytimer import spin
from pytimer._core import Gate
from pytimer.blocks import BlockEngine
from pytimer.chunks import Chunks
from pytimer.compile_watch import Compilations, counted_compilations
from pytimer.concurrency import together
from pytimer.devices import Device, Health
from pytimer.errors import OF_OTHERS, Interrupted, PyTimerError, text_of
from pytimer.keeping import keeping_samples, samples_taken
from pytimer.loops import Before, Engine, IsolatedEngine, NativeEngine, PairedEngine, make_engine
from pytimer.plan import Cache, LatencyPlan, Loop, Mode, PairPlan, ThroughputPlan
from pytimer.progress import OnProgress, Progress
from pytimer.samples import FloatArray, Mark, Samples
from pytimer.series import PairSeries, Series, TimedPart
from pytimer.stopping import MOST_SAMPLES, Judgement, judge
from pytimer.units import duration
from pytimer.work import NotAvailable, energy_between
from pytimer.workload import Workload

SHOWN_SAMPLES = 65536
"""The latest ones, of which progress shows the median: of all it would take longer and longer."""

ROUND_PAUSE_S = 0.5
"""Between rounds, so that they meet different moments of the machine."""

REWARM_S = 2e-3
MOST_REWARM_CALLS = 10
"""After a pause in which something else was done come untimed calls for about REWARM_S."""

LEAST_SIZING_CALLS = 3
"""Isolated calls from which the spin of queued ones is sized."""


class Turn(Protocol):
    """When the samples may be taken, where other processes take theirs at the same time."""

    def meet(self) -> None:
        """Waits, after the warm-up, until all have come; untimed calls follow."""
        ...

    def begin(self) -> None:
        """Returns at the moment at which the first timed call is to be made."""
        ...

    def end(self, call: Callable[[], object]) -> None:
        """Makes untimed calls after the last timed one, until all have their samples."""
        ...


def latency(
    workload: Workload,
    plan: LatencyPlan,
    on_progress: OnProgress | None,
    turn: Turn | None = None,
) -> Series:
    """Warm-up, then the repetitions in the mode of the plan, when it is this process's turn.

    Raises:
        CallError: the model raised; `samples` has what was measured before, and `result` is the
            series so far, unless nothing was timed yet.
        CudaError, AcceleratorError: the device failed; likewise.
        Interrupted: Ctrl-C; likewise.
        DeviceUnavailableError: the device cannot do what the mode needs.
    """
    run = _Run(
        workload,
        plan.loop,
        plan.warm_up,
        on_progress,
        plan.max_seconds,
        plan.precision,
        plan.rounds,
        turn,
    )
    with paused_garbage_collection(), run.keeping_series():
        if plan.mode is Mode.QUEUED:
            return run.queued(plan.repetitions, _flush(workload, plan, wait=False))
        if plan.mode is Mode.PIPELINED:
            return run.pipelined("latency", plan.repetitions, "--repetitions")
        return run.isolated(plan.repetitions, _flush(workload, plan, wait=True), plan.block)


def throughput(
    workload: Workload,
    plan: ThroughputPlan,
    on_progress: OnProgress | None,
    turn: Turn | None = None,
) -> Series:
    """Warm-up, then `plan.batches` calls in one window.

    Raises as `latency`, but without a `result`: a part of a window has no rate.
    """
    run = _Run(workload, plan.loop, plan.warm_up, on_progress, None, turn=turn)
    with paused_garbage_collection():
        if plan.concurrency > 1:
            return run.together(plan.concurrency, plan.batches, plan.host_to_device)
        return run.pipelined("throughput", plan.batches, "--batches")


def pairs(a: Workload, b: Workload, plan: PairPlan, on_progress: OnProgress | None) -> PairSeries:
    """Warm-up of both, then pairs in random order.

    Raises as `latency`: `samples` are those of a, and `result` has those of both, of the pairs that
    were finished.
    """
    engine, spare = PairedEngine(a, b), PairedEngine(a, b)
    either = replace(a, name=f"{a.name} or {b.name}")  # an error does not say whose it is
    order = np.random.default_rng(plan.seed).integers(0, 2, plan.pairs).astype(np.uint8)
    pair_s: float | None = None
    with paused_garbage_collection():
        with keeping_samples(engine, either, "warm-up pair", plan.warm_up):
            for pair in range(plan.warm_up):
                begin = time.perf_counter()
                engine.paired(np.array([pair % 2]))
                pair_s = time.perf_counter() - begin
                if on_progress is not None:
                    note = f"{duration(pair_s)} a pair so far"
                    on_progress(Progress("warm-up", pair + 1, plan.warm_up, note))
        engine.take_both()
        with (
            counted_compilations() as seen,
            _keeping_pairs(engine, seen),
            keeping_samples(engine, either, "pair", plan.pairs),
        ):
            if on_progress is not None:
                spare.paired(np.zeros(1, dtype=np.uint8))  # untimed, after the pause
            chunks = Chunks(
                lambda count: engine.paired(order[chunks.done : chunks.done + count]),
                plan.pairs,
                pair_s,
            )
            while chunks.make_next():
                if on_progress is not None:
                    done = chunks.done
                    note = _running_median(engine, done)
                    known = partial(_pairs_so_far, engine, a.device, seen)
                    on_progress(Progress("pairs", done, plan.pairs, note, known=known))
                    if done < plan.pairs:
                        spare.paired(np.zeros(1, dtype=np.uint8))  # untimed, after the pause
            return PairSeries(*engine.take_both(), seen.count)


@contextmanager
def _keeping_pairs(engine: PairedEngine, seen: Compilations) -> Iterator[None]:
    """Puts the finished pairs, of which those of a are taken already, on what leaves the loop."""
    try:
        yield
    except (Interrupted, PyTimerError) as error:
        if error.samples:
            error.result = PairSeries(error.samples, engine.take_b(), seen.count)
        raise


def _flush(workload: Workload, plan: LatencyPlan, *, wait: bool) -> Before:
    return workload.device.cache_flush(wait=wait) if plan.cache is Cache.COLD else None


def _series_so_far(part: TimedPart, engine: IsolatedEngine, device: Device) -> Series | None:
    """Of whole blocks, or else of the headline times alone; the engine keeps all of its samples."""
    if isinstance(engine, BlockEngine):
        blocks = engine.whole_blocks()
        return part.series(blocks) if len(blocks) else None
    latest = engine.copy_latest(0)
    return None if latest is None else part.series(_headline(latest, device))


def _pairs_so_far(engine: PairedEngine, device: Device, seen: Compilations) -> PairSeries | None:
    latest = engine.copy_latest(0), engine.copy_latest_b(0)
    a, b = (None if one is None else _headline(one, device) for one in latest)
    return None if a is None or b is None else PairSeries(a, b, seen.count)


def _headline(latency_s: FloatArray, device: Device) -> Samples:
    if device.asynchronous:
        return Samples("device", {"device_s": latency_s})
    return Samples("host", {"host_s": latency_s})


class _Run:
    """One measurement of one workload."""

    def __init__(
        self,
        workload: Workload,
        loop: Loop,
        warm_up: int,
        on_progress: OnProgress | None,
        max_seconds: float | None,
        precision: float | None = None,
        rounds: int = 1,
        turn: Turn | None = None,
    ) -> None:
        self._turn = turn
        self._precision = precision
        self._rounds = rounds
        self._workload = workload
        self._device = workload.device
        self._loop = loop
        self._warm_up_calls = warm_up
        self._on_progress = on_progress
        self._max_seconds = max_seconds
        self._call_s: float | None = None  # how long a warm-up call took, harness included
        self._timed_part: TimedPart | None = None
        self._deadline = None if max_seconds is None else time.monotonic() + max_seconds

    @contextmanager
    def keeping_series(self) -> Iterator[None]:
        """Puts the series so far on whatever error of pytimer leaves the timed part."""
        try:
            yield
        except (Interrupted, PyTimerError) as error:
            if self._timed_part is not None and error.samples:
                error.result = self._timed_part.series(error.samples)
                error.samples = error.result.samples
            raise

    def isolated(self, repetitions: int, flush: Before, block: int) -> Series:
        engine = make_engine(self._loop, self._workload, flush)
        spare = make_engine(self._loop, self._workload, flush)
        warm_up = self._warm_up(engine, self._warm_up_calls)
        if block == 1:
            return self._timed(engine, spare, warm_up, repetitions)
        blocks = BlockEngine(engine, block, repetitions)
        return self._timed(blocks, spare, warm_up, repetitions, pauses_after_chunks=True)

    def queued(self, repetitions: int, flush: Before) -> Series:
        self._device.spin()  # raises, before anything is measured, where there is none
        # The spin is sized from isolated calls, so there must be some.
        calls = max(self._warm_up_calls, LEAST_SIZING_CALLS)
        warm_up = self._warm_up(make_engine(self._loop, self._workload), calls)
        spin_s = spin.length(spin.enqueue_to_hide(warm_up))
        pilot = self._pilot(flush, spin_s)
        queue_is_full = False
        if spin.is_late(pilot):
            if spin.is_waited_for(pilot, self._pilot(flush, spin_s / 2), spin_s):
                queue_is_full = not self._workload.synchronises()
            else:
                spin_s = spin.longer(spin_s)
                self._pilot(flush, spin_s)
        engine, spare = (self._behind_spin(flush, spin_s) for _ in range(2))
        late = Mark.QUEUE_FULL if queue_is_full else Mark.HOST_BOUND
        return self._timed(engine, spare, warm_up, repetitions, spin_s=spin_s, late=late)

    def pipelined(self, stage: str, calls: int, option: str) -> Series:
        engine = make_engine(self._loop, self._workload)
        warm_up = self._warm_up(engine, self._warm_up_calls)
        if self._max_seconds is not None and self._call_s:
            calls = max(1, min(calls, int(self._max_seconds / self._call_s)))
        note = ""
        if self._call_s is not None:
            note = f"{duration(self._call_s)} a call so far, "
            note += f"one window of about {self._call_s * calls:.0f} s"
        self._tell(Progress(stage, 0, calls, note))
        before = self._device.health()
        turn = self._turn
        self._timed_part = part = TimedPart(warm_up, before)
        with (
            self._device.energy_meter() as meter,
            keeping_samples(engine, self._workload, "call", calls),
        ):
            spare = make_engine(self._loop, self._workload)
            if turn is not None:
                turn.meet()
            if self._on_progress is not None or before != Health() or turn is not None:
                self._rewarm(spare)
            begin_j = meter.joules()
            with counted_compilations() as part.seen:
                window = engine.pipelined(calls, None if turn is None else Gate(turn.begin))
            end_j = meter.joules()
            if turn is not None:
                turn.end(partial(spare.isolated, 1))
            after = self._device.health()
            self._tell(Progress(stage, calls, calls))
        window_s = window.seconds
        energy = energy_between(begin_j, end_j, window_s=window_s, calls=calls, option=option)
        if turn is not None:
            energy = NotAvailable("it is not read where ranks measure together")
        return replace(part.series(engine.take()), after=after, window_s=window_s, energy=energy)

    def together(self, threads: int, calls: int, copied_in: bool) -> Series:
        workloads = self._workload.for_threads(threads)
        if copied_in:
            workloads = [workload.with_inputs_copied_in() for workload in workloads]
        alone = make_engine(self._loop, workloads[0])
        alone_calls = max(self._warm_up_calls, LEAST_SIZING_CALLS)
        with keeping_samples(alone, self._workload, "warm-up call", alone_calls):
            alone.isolated(self._warm_up_calls)
            alone.take()
            alone_s = alone.pipelined(alone_calls).seconds / alone_calls
        note = f"{duration(alone_s)} a call alone, one window of about "
        note += f"{alone_s * calls / threads:.0f} s or more"
        self._tell(Progress("throughput", 0, calls, note))
        before = self._device.health()
        make = partial(make_engine, self._loop)
        with counted_compilations() as seen:
            measured = together(workloads, make, self._warm_up_calls, calls)
        warm_up, samples, window_s = measured.warm_up, measured.samples, measured.window_s
        with samples_taken(samples, self._workload):
            after = self._device.health()
            self._tell(Progress("throughput", calls, calls))
        energy = NotAvailable("it is not read around the window of several threads")
        series = Series(warm_up, samples, before, after, window_s, alone_s, energy=energy)
        return replace(series, compilations=seen.count)

    def _warm_up(self, engine: Engine, calls: int) -> Samples:
        chunks = Chunks(engine.isolated, calls, None)
        with keeping_samples(engine, self._workload, "warm-up call", calls):
            while chunks.make_next():
                self._tell(Progress("warm-up", chunks.done, calls, _call_so_far(chunks)))
        self._call_s = chunks.seconds_per_call
        return engine.take()

    def _timed(
        self,
        engine: IsolatedEngine,
        spare: Engine,
        warm_up: Samples,
        repetitions: int,
        *,
        spin_s: float | None = None,
        late: Mark = Mark.HOST_BOUND,
        pauses_after_chunks: bool = False,
    ) -> Series:
        starts = tuple(repetitions * i // self._rounds for i in range(self._rounds))
        chunks = Chunks(engine.isolated, repetitions, self._call_s, stops=starts)
        judged = partial(_judged, self._precision, repetitions)
        before = self._device.health()
        self._timed_part = part = TimedPart(warm_up, before, starts, chunks, spin_s, late, judged)
        with (
            counted_compilations() as part.seen,
            keeping_samples(engine, self._workload, "repetition", repetitions),
        ):
            if self._turn is not None:
                self._turn.meet()
            if self._on_progress is not None or before != Health() or self._turn is not None:
                self._rewarm(spare)
            if self._turn is not None:
                self._turn.begin()
            while chunks.make_next():
                done = chunks.done
                note = _running_median(engine, done)
                known = partial(_series_so_far, part, engine, self._device)
                told = self._tell(Progress("latency", done, chunks.total, note, known=known))
                if told or (pauses_after_chunks and done < chunks.total):
                    self._rewarm(spare)
                    chunks.mark_pause()
                if self._deadline is not None and time.monotonic() > self._deadline:
                    break
                if done in starts:
                    time.sleep(ROUND_PAUSE_S)
                    self._rewarm(spare)
                    chunks.mark_pause()
                if done == chunks.total and self._precision is not None:
                    judgement = judged(engine.copy_latest(0))
                    if judgement is not None and judgement.wanted is not None:
                        chunks.total = judgement.wanted
                        self._rewarm(spare)
                        chunks.mark_pause()
            if self._turn is not None:
                self._turn.end(partial(spare.isolated, 1))
            after = self._device.health()
            return replace(part.series(engine.take()), after=after)

    def _behind_spin(self, flush: Before, spin_s: float) -> NativeEngine:
        return NativeEngine(self._workload, flush, spin_ns=round(spin_s * 1e9))

    def _pilot(self, flush: Before, spin_s: float) -> Samples:
        """Queued calls on the path that is timed next; they only warm it up and size the spin."""
        engine = self._behind_spin(flush, spin_s)
        with keeping_samples(engine, self._workload, "warm-up call", spin.PILOT_CALLS):
            engine.isolated(spin.PILOT_CALLS)
        return engine.take()

    def _rewarm(self, spare: Engine) -> None:
        """Calls whose samples are not kept: a pause lets caches and clocks go."""
        calls = REWARM_S / max(self._call_s or REWARM_S, 1e-9)
        spare.isolated(int(np.clip(calls, 1, MOST_REWARM_CALLS)))

    def _tell(self, progress: Progress) -> bool:
        if self._on_progress is None:
            return False
        try:
            self._on_progress(progress)
        except PyTimerError:
            raise
        except OF_OTHERS as error:  # else it would be taken for the model's
            raise PyTimerError(f"on_progress raised {text_of(error)}") from error
        return progress.done != progress.total


def _judged(precision: float | None, repetitions: int, x: FloatArray | None) -> Judgement | None:
    if precision is None or x is None or not np.all(x > 0):
        return None
    most = max(MOST_SAMPLES, repetitions)
    return judge(x, precision=precision, least=repetitions, most=most)


@contextmanager
def paused_garbage_collection() -> Iterator[None]:
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _running_median(engine: IsolatedEngine | PairedEngine, done: int) -> str:
    """Of `done` calls, in words."""
    latest = engine.copy_latest(max(0, done - SHOWN_SAMPLES))
    if latest is None or not len(latest):
        return ""
    of = "so far" if len(latest) == done else f"of the last {len(latest)}"
    return f"median {of} {duration(float(np.median(latest)))}"


def _call_so_far(chunks: Chunks) -> str:
    known = chunks.seconds_per_call
    return "" if known is None else f"{duration(known)} a call so far"
