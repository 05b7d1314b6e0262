"""Tries batch sizes in this process."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass

from pytimer.devices import MemoryPeak
from pytimer.errors import OF_OTHERS, CallError, PyTimerError, text_of
from pytimer.loops import PythonEngine
from pytimer.probing.failures import Failure, classify, is_sticky
from pytimer.probing.probe import MakeInputs, Probe
from pytimer.workload import Workload

SET_UP_BYTES = 2**30
"""What the call before the search may take beyond the limit: torch maps some 0.7 GB on the host."""


@dataclass(frozen=True, slots=True)
class ProbePlan:
    """How each size is tried.

    Attributes:
        memory_limit_bytes: memory that the calls may take; None: no limit but the device's.
        calls: made at each size; the last is timed.
        first_size: of the call before the search.
    """

    memory_limit_bytes: int | None
    calls: int
    first_size: int = 1


def sized(workload: Workload, batch_size: int, make_inputs: MakeInputs | None) -> Workload:
    """The workload with inputs for that batch size; raises CallError where they cannot be made."""
    try:
        if make_inputs is None:
            return workload.with_batch_size(batch_size)
        return workload.with_inputs(make_inputs(batch_size))
    except PyTimerError:
        raise
    except OF_OTHERS as error:
        raise CallError(
            f"the inputs of {workload.name} at batch size {batch_size} cannot be made: "
            f"{text_of(error)}"
        ) from error


class InProcessProber:
    """Tries batch sizes of one workload under one memory budget, here."""

    in_worker = False
    deaths: tuple[str, ...] = ()

    def __init__(self, workload: Workload, make_inputs: MakeInputs | None, plan: ProbePlan) -> None:
        self._workload = workload
        self._make_inputs = make_inputs
        self._calls = plan.calls
        self._is_compiled = workload.optimized is not None
        self.memory_limit_bytes = limit = plan.memory_limit_bytes
        self._lost = ""  # the error with which the device was lost before the first probe
        # What the first call ever sets up (threads, kernels, workspaces) is no batch's memory.
        # Other errors here are met again, and classified, by the first probe.
        device = workload.device
        set_up = device.memory_budget(None if limit is None else limit + SET_UP_BYTES)
        try:
            with set_up.guard():
                sized(workload, plan.first_size, make_inputs).call()
                device.synchronize()
        except OF_OTHERS as error:
            self._lost = _explained(error) if is_sticky(error) else ""
        self._budget = set_up if self._lost else device.memory_budget(limit)

    @property
    def capacity_bytes(self) -> int | None:
        return self._budget.capacity_bytes

    def start_afresh(self) -> None:
        pass

    def probe(
        self, batch_size: int, *, smaller_fitted: bool, deadline: float | None = None
    ) -> Probe:
        begin = time.perf_counter()
        failure, error, call_s = self._attempt(batch_size, smaller_fitted)
        peak_bytes, memory = None, MemoryPeak()
        # Only now, after the except block: a traceback holds the tensors of its frames. A device
        # that is lost raises here too, and that adds nothing.
        with suppress(RuntimeError):
            peak_bytes, memory = self._budget.peak_bytes(), self._budget.peak()
        with suppress(RuntimeError):
            self._budget.release(thorough=failure is not None)
        allowed = self._budget.limit_bytes
        if failure is None and peak_bytes and allowed is not None and peak_bytes > allowed:
            failure, call_s = Failure.MEMORY, None
            error = f"took {peak_bytes / 2**20:.1f} MiB, allowed were {allowed / 2**20:.1f} MiB"
        probe_s = time.perf_counter() - begin
        return Probe(batch_size, failure, error, call_s, probe_s, peak_bytes, memory)

    def _attempt(
        self, batch_size: int, smaller_fitted: bool
    ) -> tuple[Failure | None, str, float | None]:
        if self._lost:
            return Failure.OTHER, self._lost, None
        try:
            if self._is_compiled:
                self._compile(batch_size)
            with self._budget.guard():
                engine = PythonEngine(sized(self._workload, batch_size, self._make_inputs))
                engine.isolated(self._calls)
                host_s = engine.take().host_s
            return None, "", None if host_s is None else float(host_s[-1])
        except OF_OTHERS as error:
            return classify(error, smaller_fitted=smaller_fitted), _explained(error), None

    def _compile(self, batch_size: int) -> None:
        """What a compiler takes, and what it leaves behind, is no batch's memory."""
        device, limit = self._workload.device, self.memory_limit_bytes
        budget = device.memory_budget(None if limit is None else limit + SET_UP_BYTES)
        with budget.guard():
            sized(self._workload, batch_size, self._make_inputs).compiled_first()
        self._budget = device.memory_budget(limit)


def _explained(error: BaseException) -> str:
    lost = "; the CUDA context of this process is lost" if is_sticky(error) else ""
    return text_of(error) + lost
