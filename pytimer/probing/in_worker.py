"""Tries batch sizes in a worker process, which may die of it.

The workload reaches it through a temporary file, so that several workers one after another can read
it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from pytimer.devices import MemoryPeak
from pytimer.probing.failures import Failure
from pytimer.probing.in_process import ProbePlan
from pytimer.probing.job import Job, written
from pytimer.probing.probe import MakeInputs, Probe
from pytimer.probing.worker_process import WorkerDiedError, WorkerProcess
from pytimer.torch_settings import TorchSettings
from pytimer.workload import Workload

FLAT_MEMORY = {
    "ONEDNN_PRIMITIVE_CACHE_CAPACITY": "0",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": "65536",
    "MALLOC_TRIM_THRESHOLD_": "0",
}
"""Environment in which a call leaves no memory behind: without it each new shape keeps some 35 MiB
on the host (oneDNN's primitives, the heap's free lists), and larger sizes seem not to fit."""


@dataclass(frozen=True, slots=True)
class Request:
    """Sent to the worker for each probe."""

    batch_size: int
    smaller_fitted: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What the worker sends back."""

    probe: Probe
    capacity_bytes: int | None


class WorkerProber:
    """Tries batch sizes of one workload in a worker process. A context manager."""

    in_worker = True

    def __init__(self, workload: Workload, make_inputs: MakeInputs | None, plan: ProbePlan) -> None:
        """Raises CannotSendError where the workload cannot be rebuilt in another process."""
        self.memory_limit_bytes = plan.memory_limit_bytes
        self.capacity_bytes = plan.memory_limit_bytes
        self.deaths: tuple[str, ...] = ()
        job = Job(
            workload.model,
            workload.sets,
            make_inputs,
            workload.name,
            workload.call_plan,
            workload.device.name,
            plan,
            TorchSettings.here(),
            workload.setup,
        )
        self._file = written(job, job.name, (job.model, make_inputs))
        self._worker: WorkerProcess | None = None
        try:
            self._worker = self._started()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> WorkerProber:
        return self

    def __exit__(self, *_: object) -> None:
        self.start_afresh()
        self._file.close()

    def start_afresh(self) -> None:
        if self._worker is not None:
            self._worker.close()
            self._worker = None

    def probe(
        self, batch_size: int, *, smaller_fitted: bool, deadline: float | None = None
    ) -> Probe:
        begin = time.perf_counter()
        request = Request(batch_size, smaller_fitted)
        try:
            answer = self._ask(request, deadline)
        except WorkerDiedError as first:
            if not first.from_outside:
                return _died(batch_size, str(first), begin)
            try:
                answer = self._ask(request, deadline)
            except WorkerDiedError as second:
                return _died(batch_size, f"when tried again too, {second}", begin)
            self.deaths += (f"at batch size {batch_size} {first}",)
        self.capacity_bytes = answer.capacity_bytes
        return replace(answer.probe, in_worker=True, probe_s=time.perf_counter() - begin)

    def _started(self) -> WorkerProcess:
        return WorkerProcess("pytimer._worker", self._file.fileno(), FLAT_MEMORY)

    def _ask(self, request: Request, deadline: float | None) -> Answer:
        if self._worker is None:
            self._worker = self._started()
        try:
            answer: Answer = self._worker.ask(request, deadline)
            return answer
        except BaseException:
            self.start_afresh()
            raise


def _died(batch_size: int, error: str, begin: float) -> Probe:
    probe_s = time.perf_counter() - begin
    memory = MemoryPeak()
    return Probe(batch_size, Failure.DIED, error, None, probe_s, None, memory, in_worker=True)
