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
from pytimer.floor import floor_samples
from pytimer.loops import NativeEngine
from pytimer.plan import Mode
from pytimer.samples import FloatArray
from pytimer.workload import Workload

LENGTHS_S = (5e-6, 20e-6, 100e-6, 1e-3, 10e-3)

_REPETITIONS = 100
_LONGEST_SERIES_S = 1.0

_HOST_TOLERANCE_S = 0.2e-6
_HOST_TOLERANCE = 0.01
_SLOPE_TOLERANCE = 0.005

_DEVICE_TOLERANCE_S = {"queued": 1e-6, "isolated": 20e-6, "pipelined": 5e-6}
"""What may be added to the work: isolated times hold the launch, pipelined ones what is between."""


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
    """measured = intercept + slope × known, over the lengths of one mode."""

    mode: str
    intercept_s: float
    slope: float
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


def selftest(device: str | torch.device | Device = "cpu") -> SelftestResult:
    """Reads work of known length (5 µs to 10 ms) in every mode of the device.

    On a GPU the work is a spin that stamps its own start and end with the device's timer, on the
    host a busy wait with stamps of its own.

    Raises:
        DeviceUnavailableError: no such device, or a mode's needs are missing there.
    """
    where = resolve_device(device)
    modes = [Mode.ISOLATED, Mode.PIPELINED]
    if where.asynchronous:
        modes.insert(1, Mode.QUEUED)
    floors = tuple(_floors(where, modes))
    readings = tuple(
        _reading(where, mode, length_s, _floor_of(mode, floors))
        for mode in modes
        for length_s in LENGTHS_S
    )
    return SelftestResult(
        device=where.name,
        floors=floors,
        readings=readings,
        lines=tuple(_line(mode, readings) for mode in modes),
        control=_control_arm(where) if where.asynchronous else None,
        environment=capture(where),
    )


def _floors(device: Device, modes: list[Mode]) -> Iterator[Floor]:
    stamps = np.array([time.perf_counter_ns() for _ in range(10_000)], dtype=np.int64)
    steps = np.diff(stamps)
    yield Floor("read of the host clock, from Python", float(np.median(steps)) / 1e9)
    yield Floor("step of the host clock", float(np.min(steps[steps > 0], initial=10**9)) / 1e9)
    if not device.asynchronous:
        latency_s = floor_samples(device, Mode.ISOLATED).latency_s
        yield Floor("isolated", float(np.median(latency_s)))
        return
    for mode in modes:
        if mode is not Mode.PIPELINED:
            values = floor_samples(device, mode).latency_s
            yield Floor(mode.value, float(np.median(values)))
            distinct = np.unique(values)
            if len(distinct) > 1:
                yield Floor(f"step of events, {mode}", float(np.min(np.diff(distinct))))


def _floor_of(mode: Mode, floors: tuple[Floor, ...]) -> float:
    return next((floor.seconds for floor in floors if floor.name == mode.value), 0.0)


def _reading(device: Device, mode: Mode, length_s: float, floor_s: float) -> Reading:
    repetitions = int(np.clip(_LONGEST_SERIES_S / length_s, 10, _REPETITIONS))
    warm_up = 10
    work = device.known_work(length_s, warm_up + repetitions)
    engine = _engine(device, work, mode, length_s)
    engine.isolated(warm_up)
    engine.take()
    if mode is Mode.PIPELINED:
        measured = np.array([engine.pipelined(repetitions) / repetitions])
        known = np.array([float(np.mean(work.lengths_s()[warm_up:]))])
    else:
        engine.isolated(repetitions)
        measured, known = engine.take().latency_s, work.lengths_s()[warm_up:]
    error_s = float(np.median(measured - known))
    if device.asynchronous:
        error_s -= floor_s
    known_s, measured_s = float(np.median(known)), float(np.median(measured))
    passed = _passes(device, mode, known_s, error_s)
    return Reading(mode.value, known_s, measured_s, error_s, passed)


def _engine(device: Device, work: KnownWork, mode: Mode, length_s: float) -> NativeEngine:
    workload = Workload(work.call, (((), {}),), device, "work of known length")
    spin_ns = None
    if mode is Mode.QUEUED:
        spin_ns = round(spin.length(max(length_s, 100e-6)) * 1e9)
    return NativeEngine(workload, spin_ns=spin_ns, call=work.native_call())


def _passes(device: Device, mode: Mode, known_s: float, error_s: float) -> bool:
    if not device.asynchronous:
        return abs(error_s) <= max(_HOST_TOLERANCE_S, _HOST_TOLERANCE * known_s)
    allowed = _DEVICE_TOLERANCE_S[mode.value] + _SLOPE_TOLERANCE * known_s
    return -_DEVICE_TOLERANCE_S["queued"] - _SLOPE_TOLERANCE * known_s <= error_s <= allowed


def _line(mode: Mode, readings: tuple[Reading, ...]) -> Line:
    ours = [reading for reading in readings if reading.mode == mode.value]
    known: FloatArray = np.array([reading.known_s for reading in ours])
    measured: FloatArray = np.array([reading.measured_s for reading in ours])
    slope = float(np.polyfit(known, measured, 1)[0])
    intercept = float(np.median(measured - slope * known))
    return Line(mode.value, intercept, slope, abs(slope - 1) <= _SLOPE_TOLERANCE)


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
