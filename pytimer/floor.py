"""What a loop reads for no work at all, and how cold a flushed cache is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pytimer import spin
from pytimer.devices import Device
from pytimer.loops import Before, Engine, NativeEngine, PythonEngine
from pytimer.plan import LatencyPlan, Loop, Mode
from pytimer.samples import Samples
from pytimer.workload import Workload

REPETITIONS = 100


def floor_samples(device: Device, mode: Mode, loop: Loop = Loop.NATIVE) -> Samples:
    """Samples of the loop without a call; for the Python loop, of a function that does nothing."""
    nothing = _workload(device, _do_nothing)
    if loop is Loop.PYTHON:
        engine: Engine = PythonEngine(nothing)
        engine.isolated(REPETITIONS)
        return engine.take()
    spin_ns = round(spin.SHORTEST_S * 1e9) if mode is Mode.QUEUED else None
    native = NativeEngine(nothing, spin_ns=spin_ns)
    native.isolated_without_call(REPETITIONS)
    return native.take()


def floor_s(device: Device, plan: LatencyPlan) -> float:
    """Median of the headline time of no work in that mode and loop, seconds."""
    return float(np.median(floor_samples(device, plan.mode, plan.loop).latency_s))


def cold_over_warm(device: Device) -> float:
    """How much longer a read of a quarter of the last-level cache takes after a flush."""
    probe = _workload(device, device.cache_probe())
    cold = _median_s(probe, device.cache_flush(wait=True))
    return cold / _median_s(probe, None)


def _median_s(workload: Workload, before: Before) -> float:
    engine = NativeEngine(workload, before)
    engine.isolated(10)
    engine.take()
    engine.isolated(30)
    return float(np.median(engine.take().latency_s))


def _workload(device: Device, function: Callable[[], Any]) -> Workload:
    return Workload(function, (((), {}),), device, "floor")


def _do_nothing() -> None:
    pass
