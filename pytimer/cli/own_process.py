"""`--timeout`: a command in a process of its own, which may die, or be ended when its time is over.

The command is started once more with the same arguments. From time to time it writes what it knows
into a folder of the two; when it dies, that is what is left of it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pytimer.child_process import command, die_with_parent, environment, how_it_ended
from pytimer.errors import CallError, ResultFileError
from pytimer.termination import OUT_OF_TIME, Termination

if TYPE_CHECKING:
    from pytimer.progress import Progress
    from pytimer.progress_bar import ProgressBar, ProgressLines

GRACE_S = 10.0
"""From the end of its time, or a signal, until the process is killed with all it has started."""

WRITE_EVERY_S = 1.0
SHARE_OF_WRITING = 0.05
"""What is known is written so seldom that this takes at most that share of the time."""

_FOLDER = "PYTIMER_OWN_PROCESS"
"""In the environment of the process: the folder of the two."""


class Shared:
    """The folder of the two processes."""

    def __init__(self, folder: Path) -> None:
        self.known = folder / "known.json"
        """The result so far."""
        self._finished = folder / "finished"

    @property
    def is_finished(self) -> bool:
        """Whether the command came to its end, whatever that was."""
        return self._finished.exists()

    @contextmanager
    def finishing(self) -> Iterator[None]:
        """What the command does, in its process: until its end, whatever that is."""
        die_with_parent()
        signal.signal(OUT_OF_TIME, lambda *_: None)  # where nothing listens to it, nothing ends
        try:
            yield
        finally:
            signal.signal(OUT_OF_TIME, signal.SIG_IGN)  # Python puts back others when it ends
            self._finished.touch()


@cache
def shared_with_parent() -> Shared | None:
    """In the process that a command was given; None in every other, such as those it starts."""
    folder = os.environ.pop(_FOLDER, None)
    return None if folder is None else Shared(Path(folder))


class KnownWriter:
    """Passes progress on, and writes what is known by then into the folder of the two."""

    def __init__(self, shared: Shared, shown: ProgressBar | ProgressLines | None) -> None:
        self._path = shared.known
        self._shown = shown
        self._next_s = 0.0

    def stop(self) -> None:
        if self._shown is not None:
            self._shown.stop()

    def __call__(self, progress: Progress) -> None:
        from pytimer.result_file import save

        if self._shown is not None:
            self._shown(progress)
        begin_s = time.monotonic()
        if progress.known is None or begin_s < self._next_s:
            return
        result = progress.known()
        with suppress(ResultFileError):  # that one has no file yet is no reason to end
            if result is not None:
                save(result, self._path)
        end_s = time.monotonic()
        self._next_s = end_s + max(WRITE_EVERY_S, (end_s - begin_s) / SHARE_OF_WRITING)


def carried_out(arguments: Sequence[str], timeout_s: float, ended: Termination) -> int:
    """Gives the command its process; its exit code, once it has come to its end.

    Raises:
        CallError: the process died, or had to be killed; `result` has what it knew last.
    """
    from pytimer.plan import check_positive

    check_positive("--timeout", timeout_s, "seconds")
    with tempfile.TemporaryDirectory(prefix="pytimer-") as folder:
        shared = Shared(Path(folder))
        try:
            process = subprocess.Popen(
                command("pytimer", *arguments),
                env=environment({_FOLDER: folder}),
                start_new_session=True,  # so that what it starts can be ended with it
            )
        except (OSError, ValueError) as refused:  # a ValueError of a NUL among the arguments
            raise CallError(f"a process of its own could not be started: {refused}") from None
        try:
            code = _code_of(process, timeout_s, ended)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if code is not None and shared.is_finished:
            return code if code >= 0 else 128 - code
        if code is not None and -code == ended.heard:  # before it could hear signals itself
            raise KeyboardInterrupt
        error = CallError(
            f"the process of its own, in which the model was called, {_how(code, timeout_s)}"
        )
        if shared.known.exists():
            from pytimer.result_file import load  # with torch, which nobody waits for before

            with suppress(ResultFileError):
                error.result = load(shared.known)
        raise error


def out_of_time(timeout_s: float | None) -> str:
    """In words, after "the process has"."""
    return f"not finished within --timeout {timeout_s:g} s"


def _how(code: int | None, timeout_s: float) -> str:
    if code is None:
        return (
            f"has {out_of_time(timeout_s)}, did not end within {GRACE_S:g} s when told to, and "
            "was killed"
        )
    return f"has {out_of_time(timeout_s)}" if -code == OUT_OF_TIME else how_it_ended(code)


def _code_of(process: subprocess.Popen[bytes], timeout_s: float, ended: Termination) -> int | None:
    """The exit code; None where it did not end when it was told to."""
    try:
        return process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        process.send_signal(OUT_OF_TIME)
        return _wait(process)
    except KeyboardInterrupt:
        process.send_signal(ended.heard or signal.SIGINT)
        return _wait(process)


def _wait(process: subprocess.Popen[bytes]) -> int | None:
    with suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
        return process.wait(GRACE_S)
    return None
