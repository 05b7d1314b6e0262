"""Does pytimer read on this machine what it should? Work of known length, in every mode."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from pytimer import spin
from pytimer.devices import Device, KnownWork, resolve_device
from pytimer.environment import Environment, capture
from pytimer.errors import CallError, PyTimerError, text_of
from pytimer.floor import floor_samples
from pytimer.loops import NativeEngine
from pytimer.one_at_a_time import alone
from pytimer.plan import Call, Mode
from pytimer.samples import FloatArray, Samples
from pytimer.workload import Workload

LENGTHS_S = (5e-6, 20e-6, 100e-6, 1e-3, 10e-3)

_MODES = ("isolated", "pipelined")
_MODES_WITH_SPIN = ("isolated", "queued", "pipelined", "graph")

_WARM_UP = 10
_REPETITIONS = 100
_LONGEST_SERIES_S = 1.0

_HOST_TOLERANCE_S = 0.2e-6
_HOST_TOLERANCE = 0.01
_SLOPE_TOLERANCE = 0.005

_RESIDUAL_S = 1e-6

_LONGEST_LAUNCH_S = 100e-6
"""More than that no launch from Python takes that only puts work on a stream."""

_DEVICE_TOLERANCE_S = {"isolated": 20e-6, "queued": 3e-6, "pipelined": 8e-6, "graph": 3e-6}
"""What a device may add to the work beyond the floor: from event to kernel and back, about 2 µs, in
each mode; in a window also from one call to the next; and where it is idle, the way there. Between
calls it may wait for the host besides, which is measured."""


@dataclass(frozen=True, slots=True)
class Floor:
    """A duration below which nothing can be read: what it is of, seconds."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Reading:
    """Work of known length as a mode reads it.

    Attributes:
        known_s: median length by the work's own stamps, seconds.
        measured_s: median of what the loop read (pipelined: wall window ÷ calls), seconds.
        error_s: median difference of the two, less the mode's floor on a device, seconds.
    """

    mode: str
    known_s: float
    measured_s: float
    error_s: float
    passed: bool


@dataclass(frozen=True, slots=True)
class Line:
    """measured = intercept + slope × known, over the lengths of one mode, by least squares.

    Attributes:
        residual_s: the largest distance of a length from the line, seconds.
    """

    mode: str
    intercept_s: float
    slope: float
    residual_s: float
    passed: bool


@dataclass(frozen=True, slots=True)
class ControlArm:
    """The wrong way on the same work: a host clock around the call, without synchronising.

    It must read wrong; if it reads right, the device does not work asynchronously.
    """

    known_s: float
    measured_s: float
    passed: bool


@dataclass(frozen=True, slots=True)
class SelftestResult:
    """What this machine reads. `control` is None on the host, which has nothing asynchronous."""

    device: str
    floors: tuple[Floor, ...]
    readings: tuple[Reading, ...]
    lines: tuple[Line, ...]
    control: ControlArm | None
    environment: Environment

    @property
    def passed(self) -> bool:
        parts: list[Reading | Line | ControlArm] = [*self.readings, *self.lines]
        if self.control is not None:
            parts.append(self.control)
        return all(part.passed for part in parts)


@alone("self-test")
def selftest(device: str | torch.device | Device | None = None) -> SelftestResult:
    """Reads work of known length (5 µs to 10 ms) in every mode of the device.

    On a GPU the work is a spin that stamps its own start and end with the device's timer, on the
    host a busy wait with stamps of its own.

    Args:
        device: such as "cpu" or "cuda:1"; None: the GPU if there is one, else the host.

    Raises:
        DeviceUnavailableError: no such device, or a mode's needs are missing there.
        CaptureError, CudaError, CallError: the device refuses to do the work.
        PlanError: another measurement runs in this process.
    """
    where = resolve_device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    try:
        return _tested(where)
    except PyTimerError:
        raise
    except Exception as error:
        raise CallError(f"work of known length failed on {where.name}: {text_of(error)}") from error


def _tested(where: Device) -> SelftestResult:
    modes = _MODES_WITH_SPIN if where.hides_launches else _MODES
    floors = tuple(_floors(where))
    readings = tuple(
        _reading(where, mode, length_s, floors) for mode in modes for length_s in LENGTHS_S
    )
    return SelftestResult(
        device=where.name,
        floors=floors,
        readings=readings,
        lines=tuple(_line(where, mode, readings) for mode in modes),
        control=_control_arm(where) if where.asynchronous else None,
        environment=capture(where),
    )


def _floors(device: Device) -> Iterator[Floor]:
    stamps = np.array([time.perf_counter_ns() for _ in range(10_000)], dtype=np.int64)
    steps = np.diff(stamps)
    yield Floor("read of the host clock, from Python", float(np.median(steps)) / 1e9)
    yield Floor("step of the host clock", float(np.min(steps[steps > 0], initial=10**9)) / 1e9)
    for mode in (Mode.ISOLATED, Mode.QUEUED) if device.hides_launches else (Mode.ISOLATED,):
        values = floor_samples(device, mode).latency_s
        yield Floor(mode.value, float(np.median(values)))
        distinct = np.unique(values)
        if device.asynchronous and len(distinct) > 1:
            yield Floor(f"step of events, {mode}", float(np.min(np.diff(distinct))))


def _reading(device: Device, mode: str, length_s: float, floors: tuple[Floor, ...]) -> Reading:
    repetitions = int(np.clip(_LONGEST_SERIES_S / length_s, 10, _REPETITIONS))
    work = device.known_work(length_s, _WARM_UP + repetitions)
    engine = _engine(device, work, mode, length_s)
    engine.isolated(_WARM_UP)
    engine.take()
    if mode == "pipelined":
        measured = np.array([engine.pipelined(repetitions).seconds / repetitions])
        samples = engine.take()
        known = np.array([float(np.mean(work.lengths_s()[_WARM_UP:]))])
    else:
        engine.isolated(repetitions)
        samples = engine.take()
        measured = samples.latency_s
        # A graph repeats one captured launch, which stamps the same place each time.
        lengths = work.lengths_s()
        known = lengths[_WARM_UP:] if mode != "graph" else lengths[lengths > 0][-1:]
    error_s = float(np.median(measured - known))
    if device.asynchronous:
        error_s -= _floor_of(mode, floors)
    known_s, measured_s = float(np.median(known)), float(np.median(measured))
    allowed_s = _DEVICE_TOLERANCE_S[mode] + _wait_for_host(mode, samples, known_s)
    passed = _passes(device, known_s, error_s, allowed_s)
    return Reading(mode, known_s, measured_s, error_s, passed)


def _floor_of(mode: str, floors: tuple[Floor, ...]) -> float:
    """Of a graph that of the queued mode it is replayed in; none of a window."""
    name = {"graph": "queued"}.get(mode, mode)
    return next((floor.seconds for floor in floors if floor.name == name), 0.0)


def _engine(device: Device, work: KnownWork, mode: str, length_s: float) -> NativeEngine:
    workload = Workload(work.call, (((), {}),), device, "work of known length")
    if mode == "graph":
        workload = workload.as_planned(Call.GRAPH)
    spin_ns = None
    if mode in ("queued", "graph"):
        spin_ns = round(spin.length(max(length_s, 100e-6)) * 1e9)
    return NativeEngine(workload, spin_ns=spin_ns, call=work.native_call())


def _wait_for_host(mode: str, samples: Samples, known_s: float) -> float:
    """How long the device may have had to wait in each call, at the median, seconds.

    An isolated call waits for its launch. In a window it is the launch that is hidden behind the
    work, as far as the work is long enough. Queued calls wait for nothing.
    """
    if samples.enqueue_s is None:
        return 0.0
    enqueue_s = min(float(np.median(samples.enqueue_s)), _LONGEST_LAUNCH_S)
    return {"isolated": enqueue_s, "pipelined": max(enqueue_s - known_s, 0.0)}.get(mode, 0.0)


def _passes(device: Device, known_s: float, error_s: float, allowed_s: float) -> bool:
    if not device.asynchronous:
        return abs(error_s) <= max(_HOST_TOLERANCE_S, _HOST_TOLERANCE * known_s)
    slack = _SLOPE_TOLERANCE * known_s
    return -_RESIDUAL_S - slack <= error_s <= allowed_s + slack


def _line(device: Device, mode: str, readings: tuple[Reading, ...]) -> Line:
    ours = [reading for reading in readings if reading.mode == mode]
    known: FloatArray = np.array([reading.known_s for reading in ours])
    measured: FloatArray = np.array([reading.measured_s for reading in ours])
    slope, intercept = (float(value) for value in np.polyfit(known, measured, 1))
    residual = float(np.max(np.abs(measured - slope * known - intercept)))
    straight = residual <= _RESIDUAL_S or not (device.asynchronous and mode in ("queued", "graph"))
    return Line(mode, intercept, slope, residual, straight and abs(slope - 1) <= _SLOPE_TOLERANCE)


def _control_arm(device: Device) -> ControlArm:
    work = device.known_work(LENGTHS_S[-1], 3)
    readings = []
    for _ in range(3):
        device.synchronize()
        begin = device.host_now_ns()
        work.call()
        readings.append((device.host_now_ns() - begin) / 1e9)
    device.synchronize()
    known_s, measured_s = float(np.median(work.lengths_s())), float(np.median(readings))
    return ControlArm(known_s, measured_s, measured_s < 0.5 * known_s)
