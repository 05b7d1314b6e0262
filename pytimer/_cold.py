"""The process of a cold start: `python -m pytimer._cold CONNECTION JOB`, two inherited file
descriptors. Touches no device before it is asked to; answers once: an encoded `ColdStart`, or a
reason.
"""

from __future__ import annotations

from pytimer import codec
from pytimer.errors import text_of
from pytimer.mistakes.cold import ColdJob, started
from pytimer.probing.worker_side import begin


def main() -> None:
    begun = begin(_rebuilt)
    if begun is None:
        return
    connection, job = begun
    connection.recv()
    try:
        answer = started(job)
    except Exception as error:
        connection.send(text_of(error))
    else:
        connection.send(codec.encode(answer))


def _rebuilt(job: ColdJob) -> ColdJob:
    job.settings.apply()
    return job


if __name__ == "__main__":
    main()
