"""The worker process that tries batch sizes: `python -m pytimer._worker CONNECTION JOB`,
two inherited file descriptors.

Reads the job, says whether it could be read (None or the reason), then answers requests until the
connection is closed.
"""

from __future__ import annotations

from multiprocessing.connection import Connection

from pytimer.devices import resolve_device
from pytimer.probing.in_process import InProcessProber
from pytimer.probing.in_worker import Answer, Request
from pytimer.probing.job import Job
from pytimer.probing.worker_side import begin
from pytimer.workload import Workload, rebuilt


def main() -> None:
    begun = begin(_rebuilt)
    if begun is not None:
        connection, (workload, job) = begun
        with workload.in_setup():
            _serve(connection, workload, job)


def _rebuilt(job: Job) -> tuple[Workload, Job]:
    job.settings.apply()
    device = resolve_device(job.device)
    return rebuilt(job.model, job.sets, device, job.name, job.call_plan, job.setup), job


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


if __name__ == "__main__":
    main()
