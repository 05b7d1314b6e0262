"""One model in every mode, side by side, so that the reader sees which number is which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from pytimer.caveats import Caveat
from pytimer.devices import Device
from pytimer.errors import CaptureError, DeviceUnavailableError, Interrupted, PyTimerError
from pytimer.latency import LatencyResult, latency_of
from pytimer.model_setup import Setup
from pytimer.plan import Cache, Call, Extras, LatencyPlan, Mode, choose
from pytimer.progress import OnProgress, knowing
from pytimer.workload import ModelOrPath, prepared

GAIN = 0.1
"""Launches matter when the device's work alone is shorter by more than this fraction."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A mode that could not be measured, and why."""

    mode: str
    reason: str


@dataclass(frozen=True, slots=True)
class ModesResult:
    """The latency of a model in every mode that its device has."""

    results: tuple[LatencyResult, ...]
    missing: tuple[Missing, ...]

    def __getitem__(self, mode: str) -> LatencyResult:
        """The result of "isolated", "queued", "pipelined" or "graph"; KeyError if it is missing."""
        for result in self.results:
            if mode_name(result.plan) == mode:
                return result
        raise KeyError(mode)


def mode_name(plan: LatencyPlan) -> str:
    """The mode as the user names it: "graph" for queued replays of a graph."""
    return "graph" if plan.call is Call.GRAPH else plan.mode.value


def measure_modes(
    model: ModelOrPath,
    inputs: Any,
    *,
    device: str | torch.device | Device | None = None,
    cache: str = Cache.WARM,
    warm_up: int = 10,
    repetitions: int = 300,
    max_seconds: float | None = None,
    name: str | None = None,
    setup: Setup | None = None,
    audit: bool = True,
    flop: bool = True,
    peak_flop_per_s: float | None = None,
    on_progress: OnProgress | None = None,
) -> ModesResult:
    """Measures the latency of `model` in the modes isolated, queued, pipelined and graph.

    A mode that the device does not have, or in which the model cannot be called, is in `missing`
    with the reason. Where the isolated result is launch-bound, its caveat says what queued and
    graph show. Pipelined calls have no idle moment to flush a cache in, and are always warm.

    Arguments and errors are those of `measure_latency`; `result` of an error has the modes that
    were measured, and what there is of the one that was not finished.
    """
    plan = LatencyPlan(
        cache=choose(Cache, "cache", cache),
        warm_up=warm_up,
        repetitions=repetitions,
        max_seconds=max_seconds,
    )
    wanted = (
        plan,
        replace(plan, mode=Mode.QUEUED),
        replace(plan, mode=Mode.PIPELINED, cache=Cache.WARM),
        replace(plan, mode=Mode.QUEUED, call=Call.GRAPH),
    )
    extras = Extras(audit, flop, peak_flop_per_s)
    results: list[LatencyResult] = []
    missing: list[Missing] = []
    tell = knowing(on_progress, lambda part: _known([*results, part], missing))
    with prepared(model, inputs, device, name, setup) as workload:
        for plan in wanted:
            try:
                result = latency_of(workload, plan, tell, extras)
            except (CaptureError, DeviceUnavailableError) as error:
                missing.append(Missing(mode_name(plan), str(error)))
            except (Interrupted, PyTimerError) as error:
                error.result = _known([*results, error.result], missing)
                raise
            except KeyboardInterrupt:  # while the next mode is made ready
                raise Interrupted(result=_known(results, missing)) from None
            else:
                results.append(result)
    return _confirmed(ModesResult(tuple(results), tuple(missing)))


def _known(
    results: Sequence[LatencyResult | None], missing: Sequence[Missing]
) -> ModesResult | None:
    """What is known when a mode could not be finished; None where that is nothing."""
    measured = tuple(result for result in results if result is not None)
    return _confirmed(ModesResult(measured, tuple(missing))) if measured else None


def _confirmed(modes: ModesResult) -> ModesResult:
    """With the gain of the other modes in the caveat of a launch-bound isolated result."""
    results = tuple(
        replace(
            result, caveats=tuple(_with_gain(caveat, result, modes) for caveat in result.caveats)
        )
        for result in modes.results
    )
    return replace(modes, results=results)


def _with_gain(caveat: Caveat, result: LatencyResult, modes: ModesResult) -> Caveat:
    if caveat.name != "launch-bound" or not result.median_s:
        return caveat
    gains = {
        mode_name(other.plan): 1 - other.median_s / result.median_s
        for other in modes.results
        if other.plan.mode is Mode.QUEUED and other.median_s is not None
    }
    if not gains:
        return caveat
    confirmed = max(gains.values()) > GAIN
    shown = ", ".join(f"{mode} {gain:.0%} shorter" for mode, gain in gains.items())
    verdict = "confirmed" if confirmed else "not confirmed: the device's work is as long"
    return replace(caveat, message=f"{caveat.message}; {verdict} ({shown})")
