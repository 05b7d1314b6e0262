"""Trying one batch size: does it fit, how long does a call take, how much memory?"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pytimer.errors import text_of
from pytimer.failures import Failure, classify
from pytimer.loops import PythonEngine
from pytimer.workload import Workload

MakeInputs = Callable[[int], Any]


@dataclass(frozen=True, slots=True)
class Probe:
    """One batch size that was tried.

    Attributes:
        failure: None where it fitted.
        error: the text of what was raised; empty where it fitted.
        call_s: host time of the last call; None where it did not fit.
        peak_bytes: memory above the level before the search; None where the system does not tell.
    """

    batch_size: int
    failure: Failure | None
    error: str
    call_s: float | None
    peak_bytes: int | None

    @property
    def items_per_s(self) -> float | None:
        """Items per second of a single call, waited for; not the throughput."""
        return None if self.call_s is None else self.batch_size / self.call_s


def sized(workload: Workload, batch_size: int, make_inputs: MakeInputs | None) -> Workload:
    """The workload with inputs for that batch size."""
    if make_inputs is None:
        return workload.with_batch_size(batch_size)
    return workload.with_inputs(make_inputs(batch_size))


class Prober:
    """Tries batch sizes of one workload under one memory budget."""

    def __init__(
        self,
        workload: Workload,
        make_inputs: MakeInputs | None,
        memory_limit_bytes: int | None,
        calls: int,
    ) -> None:
        self._workload = workload
        self._make_inputs = make_inputs
        self._calls = calls
        # What the first call ever sets up (threads, kernels, workspaces) is no batch's memory. An
        # error here is met again, and classified, by the first probe.
        with suppress(Exception, SystemExit):
            sized(workload, 1, make_inputs).call()
        self._budget = workload.device.memory_budget(memory_limit_bytes)

    @property
    def memory_limit_bytes(self) -> int | None:
        return self._budget.limit_bytes

    def probe(self, batch_size: int) -> Probe:
        failure, error, call_s = self._attempt(batch_size)
        # Only now, after the except block: a traceback holds the tensors of its frames.
        self._budget.release()
        peak, allowed = self._budget.peak_bytes(), self._budget.limit_bytes
        if failure is None and peak is not None and allowed is not None and peak > allowed:
            failure, call_s = Failure.MEMORY, None
            error = f"took {peak / 2**20:.1f} MiB, allowed were {allowed / 2**20:.1f} MiB"
        return Probe(batch_size, failure, error, call_s, peak)

    def _attempt(self, batch_size: int) -> tuple[Failure | None, str, float | None]:
        try:
            with self._budget.guard():
                engine = PythonEngine(sized(self._workload, batch_size, self._make_inputs))
                engine.isolated(self._calls)
                host_s = engine.take().host_s
            return None, "", None if host_s is None else float(host_s[-1])
        except (Exception, SystemExit) as error:
            failure, text = classify(error), text_of(error)
        return failure, text, None
