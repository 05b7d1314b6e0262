"""The worker process that tries batch sizes: `python -m pytimer._worker CONNECTION JOB`,
two inherited file descriptors.

Reads the job, says whether it could be read (None or the reason), then answers requests until the
connection is closed.
"""

from __future__ import annotations

import ctypes
import pickle
import signal
import sys
from multiprocessing.connection import Connection
from pathlib import Path

import torch

from pytimer.devices import resolve_device
from pytimer.errors import text_of
from pytimer.probing.in_process import InProcessProber
from pytimer.probing.in_worker import Answer, Request
from pytimer.probing.job import Job
from pytimer.workload import Workload

_PR_SET_PDEATHSIG = 1


def main(descriptor: int, path: Path) -> None:
    _die_with_parent()
    connection: Connection[object, Request] = Connection(descriptor)
    try:
        with path.open("rb") as file:
            job: Job = pickle.load(file)
        workload = Workload(
            job.model, job.sets, resolve_device(job.device), job.name, job.call_plan
        )
        job.settings.apply()
        refusal = None
    except Exception as error:
        refusal = f"it cannot be rebuilt in a worker process: {text_of(error)}"
    connection.send(refusal)
    if refusal is None:
        with torch.inference_mode(), workload.device.as_current():
            _serve(connection, workload, job)


def _serve(connection: Connection[object, Request], workload: Workload, job: Job) -> None:
    prober: InProcessProber | None = None
    while True:
        try:
            request = connection.recv()
        except EOFError:
            return
        if prober is None:  # only now: its first call may end the process, which is a finding
            prober = InProcessProber(workload, job.make_inputs, job.plan)
        probe = prober.probe(request.batch_size, smaller_fitted=request.smaller_fitted)
        connection.send(Answer(probe, prober.capacity_bytes))


def _die_with_parent() -> None:
    # prctl(2); whoever is killed without a chance to clean up leaves no worker behind.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    # By its link each worker reads the file from the beginning, wherever the last one stopped.
    main(int(sys.argv[1]), Path(f"/proc/self/fd/{sys.argv[2]}"))
