"""Tries batch sizes in a worker process, which may die of it.

The worker is a fresh interpreter (`python -m pytimer._worker`), never a fork: forking hangs after
OpenMP has started its threads. The workload reaches it through a temporary file, so that several
workers one after another can read it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Pipe
from pathlib import Path
from typing import Any

from pytimer.devices import MemoryPeak
from pytimer.probing.failures import Failure
from pytimer.probing.in_process import ProbePlan
from pytimer.probing.job import CannotSendError, Job, written
from pytimer.probing.probe import MakeInputs, OutOfTimeError, Probe
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

POLL_S = 0.1
"""How often is looked whether the time is up, or Ctrl-C was pressed; an answer is seen at once."""

_FROM_OUTSIDE = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""Signals that a call does not raise by itself."""


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


class WorkerDiedError(Exception):
    """The worker ended without an answer.

    Attributes:
        from_outside: whether a signal ended it that no call raises by itself.
    """

    def __init__(self, message: str, from_outside: bool) -> None:
        super().__init__(message)
        self.from_outside = from_outside


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
        )
        self._file = written(job)
        self._worker: _Worker | None = None
        try:
            self._worker = _Worker(self._file.fileno())
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

    def _ask(self, request: Request, deadline: float | None) -> Answer:
        if self._worker is None:
            self._worker = _Worker(self._file.fileno())
        try:
            return self._worker.ask(request, deadline)
        except BaseException:
            self.start_afresh()
            raise


def _died(batch_size: int, error: str, begin: float) -> Probe:
    probe_s = time.perf_counter() - begin
    memory = MemoryPeak()
    return Probe(batch_size, Failure.DIED, error, None, probe_s, None, memory, in_worker=True)


class _Worker:
    """One worker process."""

    def __init__(self, job: int) -> None:
        """`job` is an open file; raises CannotSendError where the worker cannot rebuild it."""
        self._connection, theirs = Pipe()
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115
        self._folder = tempfile.mkdtemp(prefix="pytimer-worker-")  # what it unpacks goes with it
        environment = os.environ | FLAT_MEMORY | {"TMPDIR": self._folder}
        environment["PYTHONPATH"] = os.pathsep.join(str(path or Path.cwd()) for path in sys.path)
        with theirs:
            try:
                self._process = subprocess.Popen(
                    [sys.executable, "-P", "-m", "pytimer._worker", str(theirs.fileno()), str(job)],
                    env=environment,
                    pass_fds=[theirs.fileno(), job],
                    stdin=subprocess.DEVNULL,
                    stdout=self._stderr,
                    stderr=self._stderr,
                    start_new_session=True,  # Ctrl-C is for us; we end the worker
                )
            except OSError as error:
                self._connection.close()
                self._stderr.close()
                shutil.rmtree(self._folder, ignore_errors=True)
                raise CannotSendError(f"a worker process could not be started: {error}") from None
        try:
            refusal = self._receive(None)
        except WorkerDiedError as error:
            self.close()
            raise CannotSendError(f"a worker process could not be started: {error}") from None
        except BaseException:
            self.close()
            raise
        if refusal is not None:
            self.close()
            raise CannotSendError(str(refusal))

    def ask(self, request: Request, deadline: float | None) -> Answer:
        """Raises WorkerDiedError, OutOfTimeError."""
        try:
            self._connection.send(request)
        except OSError:
            raise self._death() from None
        answer: Answer = self._receive(deadline)
        return answer

    def close(self) -> None:
        """Ends the process and what it has started, whatever they do."""
        self._connection.close()
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._stderr.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _receive(self, deadline: float | None) -> Any:
        while not self._connection.poll(POLL_S):  # a wait without end would not see Ctrl-C
            # What the worker has forked holds the connection open after its death.
            if self._process.poll() is not None and not self._connection.poll(0):
                raise self._death()
            if deadline is not None and time.monotonic() > deadline:
                raise OutOfTimeError
        try:
            return self._connection.recv()
        except (EOFError, OSError):
            raise self._death() from None

    def _death(self) -> WorkerDiedError:
        code = self._process.wait()
        if code >= 0:
            how = f"the worker process ended with exit code {code}"
        else:
            how = f"the worker process was killed by {signal.Signals(-code).name}"
        self._stderr.seek(0)
        said = self._stderr.read().decode(errors="replace").strip().splitlines()
        return WorkerDiedError(": ".join([how, *said[-1:]]), -code in _FROM_OUTSIDE)
