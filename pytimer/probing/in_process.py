"""Tries batch sizes in this process."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass

from pytimer.devices import MemoryPeak
from pytimer.errors import text_of
from pytimer.loops import PythonEngine
from pytimer.probing.failures import Failure, classify, is_sticky
from pytimer.probing.probe import MakeInputs, Probe
from pytimer.workload import Workload


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
    """The workload with inputs for that batch size."""
    if make_inputs is None:
        return workload.with_batch_size(batch_size)
    return workload.with_inputs(make_inputs(batch_size))


class InProcessProber:
    """Tries batch sizes of one workload under one memory budget, here."""

    in_worker = False
    deaths: tuple[str, ...] = ()

    def __init__(self, workload: Workload, make_inputs: MakeInputs | None, plan: ProbePlan) -> None:
        self._workload = workload
        self._make_inputs = make_inputs
        self._calls = plan.calls
        self.memory_limit_bytes = plan.memory_limit_bytes
        # What the first call ever sets up (threads, kernels, workspaces) is no batch's memory. An
        # error here is met again, and classified, by the first probe.
        with suppress(Exception, SystemExit):
            sized(workload, plan.first_size, make_inputs).call()
        self._budget = workload.device.memory_budget(plan.memory_limit_bytes)

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
            self._budget.release(thorough=failure is not None)
            peak_bytes, memory = self._budget.peak_bytes(), self._budget.peak()
        allowed = self._budget.limit_bytes
        if failure is None and peak_bytes and allowed is not None and peak_bytes > allowed:
            failure, call_s = Failure.MEMORY, None
            error = f"took {peak_bytes / 2**20:.1f} MiB, allowed were {allowed / 2**20:.1f} MiB"
        probe_s = time.perf_counter() - begin
        return Probe(batch_size, failure, error, call_s, probe_s, peak_bytes, memory)

    def _attempt(
        self, batch_size: int, smaller_fitted: bool
    ) -> tuple[Failure | None, str, float | None]:
        try:
            with self._budget.guard():
                engine = PythonEngine(sized(self._workload, batch_size, self._make_inputs))
                engine.isolated(self._calls)
                host_s = engine.take().host_s
            return None, "", None if host_s is None else float(host_s[-1])
        except (Exception, SystemExit) as error:
            lost = "; the CUDA context of this process is lost" if is_sticky(error) else ""
            return classify(error, smaller_fitted=smaller_fitted), text_of(error) + lost, None
