"""What a worker process does first, whatever it then answers."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

from pytimer import codec
from pytimer.child_process import die_with_parent
from pytimer.errors import text_of

Built = TypeVar("Built")
Tell = Callable[[str], None]


def begin(rebuild: Callable[[Any], Built]) -> tuple[Connection[Any, Any], Built] | None:
    """Reads the job and says whether it could be rebuilt: None, or the reason.

    Returns:
        The connection, and what `rebuild` has made of the job; None where it raised.
    """
    die_with_parent()
    connection: Connection[Any, Any] = Connection(int(sys.argv[1]))
    try:
        # By its link each worker reads the file from the beginning, wherever the last one stopped.
        with Path(f"/proc/self/fd/{sys.argv[2]}").open("rb") as file:
            built = rebuild(pickle.load(file))
    except Exception as error:
        connection.send(f"it cannot be rebuilt in a worker process: {text_of(error)}")
        return None
    connection.send(None)
    return connection, built


def answer_once(answer: Callable[[Any, Tell], Any]) -> None:
    """The whole of a worker that gives one answer: a job's, encoded, or the text of its error.

    Args:
        answer: gets the job, and what it may tell provisional notes to meanwhile.
    """
    begun = begin(_with_settings)
    if begun is None:
        return
    connection, job = begun
    connection.recv()
    try:
        answered = answer(job, lambda note: connection.send(("note", note)))
    except Exception as error:
        connection.send(("error", text_of(error)))
    else:
        connection.send(("answer", codec.encode(answered)))


def _with_settings(job: Any) -> Any:
    job.settings.apply()
    return job
