"""A process of ours that gets a job by a file and answers requests, and may die of them.

A fresh interpreter, never a fork: forking hangs after OpenMP has started its threads.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from multiprocessing.connection import Pipe
from typing import Any

from pytimer import child_process
from pytimer.errors import CallError
from pytimer.probing.job import CannotSendError
from pytimer.probing.probe import OutOfTimeError

POLL_S = 0.1
"""How often is looked whether the time is up, or Ctrl-C was pressed; an answer is seen at once."""

_FROM_OUTSIDE = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""Signals that a call does not raise by itself."""


_WITHIN = "PYTIMER_WORKER"
"""Set in the environment of a worker and of all that it starts: none of them starts another."""


class WorkerDiedError(Exception):
    """The worker ended without an answer.

    Attributes:
        from_outside: whether a signal ended it that no call raises by itself.
    """

    def __init__(self, message: str, from_outside: bool) -> None:
        super().__init__(message)
        self.from_outside = from_outside


def answer_of(
    module: str,
    job: int,
    name: str,
    on_note: Callable[[str], None],
    timeout_s: float | None = None,
) -> Any:
    """The one answer of a worker that only gives one.

    Args:
        module: answers the request "start" with ("note", text), any number of times, and then with
            ("answer", what it is) or ("error", its type and text).
        job: an open file.
        name: of the model, for the error.
        on_note: called with each note.
        timeout_s: from its start; None: no limit.

    Raises:
        CannotSendError: the worker cannot be started, or refuses.
        CallError: it died or ran out of time, or the model raised there.
    """
    deadline = None if timeout_s is None else time.monotonic() + timeout_s
    process: WorkerProcess | None = None
    try:
        process = WorkerProcess(module, job, {}, deadline)
        kind, content = process.ask("start", deadline)
        while kind == "note":
            on_note(content)
            kind, content = process.receive(deadline)
    except WorkerDiedError as error:
        raise CallError(f"{name}, in a process of its own: {error}") from None
    except OutOfTimeError:
        raise CallError(
            f"{name}, in a process of its own, had not finished after {timeout_s:g} s, and was "
            "ended; raise timeout_s if it needs longer"
        ) from None
    finally:
        if process is not None:
            process.close()
    if kind == "error":
        raise CallError(f"{name}, in a process of its own, raised {content}")
    return content


class WorkerProcess:
    """One worker process."""

    def __init__(
        self,
        module: str,
        job: int,
        variables: Mapping[str, str],
        deadline: float | None = None,
    ) -> None:
        """Starts `module`, whose arguments are the descriptors of its connection and of the job.

        Args:
            module: sends None or a refusal once it has read the job, then answers requests.
            job: an open file.
            variables: of its environment, beside those of this process.
            deadline: until when it may read the job; None: no limit.

        Raises:
            CannotSendError: it cannot be started, or refuses; or this is a worker itself, in which
                importing the model's module came to start one more.
        """
        if _WITHIN in os.environ:
            raise CannotSendError(
                "this is a process that pytimer started, and would start another, and that one the "
                "next; put what the module of the model does when imported below if __name__ == "
                '"__main__"'
            )
        self._connection, theirs = Pipe()
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115
        self._folder = tempfile.mkdtemp(prefix="pytimer-worker-")  # what it unpacks goes with it
        with theirs:
            try:
                self._process = subprocess.Popen(
                    child_process.command(module, str(theirs.fileno()), str(job)),
                    env=child_process.environment(
                        {**variables, "TMPDIR": self._folder, _WITHIN: "1"}
                    ),
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
            refusal = self.receive(deadline)
        except WorkerDiedError as error:
            self.close()
            raise CannotSendError(f"a worker process could not be started: {error}") from None
        except BaseException:
            self.close()
            raise
        if refusal is not None:
            self.close()
            raise CannotSendError(str(refusal))

    def ask(self, request: object, deadline: float | None = None) -> Any:
        """Its answer; raises WorkerDiedError, and OutOfTimeError past `deadline`."""
        try:
            self._connection.send(request)
        except OSError:
            raise self._death() from None
        return self.receive(deadline)

    def close(self) -> None:
        """Ends the process and what it has started, whatever they do."""
        self._connection.close()
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._stderr.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def receive(self, deadline: float | None = None) -> Any:
        """What it sends next; raises as `ask`."""
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
        how = f"the worker process {child_process.how_it_ended(code)}"
        self._stderr.seek(0)
        said = self._stderr.read().decode(errors="replace").strip().splitlines()
        return WorkerDiedError(": ".join([how, *said[-1:]]), -code in _FROM_OUTSIDE)
