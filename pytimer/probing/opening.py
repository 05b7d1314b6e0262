"""Which prober tries the sizes: one in a worker process, or one in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pytimer.caveats import Caveat
from pytimer.errors import PlanError
from pytimer.probing.in_process import InProcessProber, ProbePlan
from pytimer.probing.in_worker import WorkerProber
from pytimer.probing.job import CannotSendError
from pytimer.probing.probe import MakeInputs, Prober
from pytimer.workload import Workload


@contextmanager
def open_prober(
    workload: Workload, make_inputs: MakeInputs | None, plan: ProbePlan, isolate: bool | None
) -> Iterator[tuple[Prober, tuple[Caveat, ...]]]:
    """A prober, with what is to be said of the choice.

    Args:
        isolate: True: in a worker process; False: in this one; None: as the device prefers, in this
            process where the workload cannot be sent to another.

    Raises:
        PlanError: isolation was asked for, and the workload cannot be sent.
    """
    caveats: tuple[Caveat, ...] = ()
    if isolate or (isolate is None and workload.device.probes_in_worker):
        try:
            worker = WorkerProber(workload, make_inputs, plan)
        except CannotSendError as error:
            if isolate:
                raise PlanError(f"isolate was asked for, but {error}; leave isolate out") from None
            caveats = (_not_isolated(error),)
        else:
            with worker:
                yield worker, caveats
            return
    yield InProcessProber(workload, make_inputs, plan), caveats


def _not_isolated(reason: CannotSendError) -> Caveat:
    return Caveat(
        "not-isolated",
        f"batch sizes were tried in this process, because {reason}: memory that earlier calls left "
        "counts against later ones, so that the limit may be found too low",
        "define model and inputs where another process can import them",
    )
