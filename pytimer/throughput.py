"""How many items the model processes in a second."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch

from pytimer import measure
from pytimer.batch_size import BatchSizeResult, search_batch_size
from pytimer.caveats import Caveat
from pytimer.checks import Evidence, caveats_of
from pytimer.devices import Device
from pytimer.environment import Environment, capture
from pytimer.plan import BatchSizePlan, Loop, Mode, Strategy, ThroughputPlan, choose
from pytimer.probing import MakeInputs, sized
from pytimer.progress import OnProgress
from pytimer.samples import Samples
from pytimer.workload import Model, Subject, prepared


@dataclass(frozen=True, slots=True)
class ThroughputResult:
    """The throughput of a model at one batch size.

    Attributes:
        batch_size: items in one call.
        window_s: from the first call until the device was idle after the last, seconds.
        samples: one entry per call inside the window; host time is absent on a device, where no
            call is waited for.
        search: how the batch size was found; None where it was given.
    """

    subject: Subject
    plan: ThroughputPlan
    batch_size: int
    window_s: float
    samples: Samples
    warm_up: Samples
    search: BatchSizeResult | None
    environment: Environment
    caveats: tuple[Caveat, ...]

    @property
    def items_per_s(self) -> float:
        """Batches × batch size ÷ the one wall window."""
        return len(self.samples) * self.batch_size / self.window_s

    @property
    def event_items_per_s(self) -> float:
        """The article's formula: batches × batch size ÷ the sum of the calls' own times.

        On a device the sum of event intervals, which leaves out idle time between calls; on the
        host the sum of host times.
        """
        return len(self.samples) * self.batch_size / float(np.sum(self.samples.latency_s))


def measure_throughput(
    model: Model,
    inputs: Any,
    *,
    device: str | torch.device | Device | None = None,
    batch_size: int | Literal["auto"] = "auto",
    batches: int = 100,
    warm_up: int = 10,
    loop: str = Loop.NATIVE,
    strategy: str = Strategy.BINARY,
    max_batch_size: int | None = None,
    memory_limit_bytes: int | None = None,
    make_inputs: MakeInputs | None = None,
    name: str | None = None,
    on_progress: OnProgress | None = None,
) -> ThroughputResult:
    """Measures how many items `model` processes in a second.

    The calls are issued without waiting in between, with one synchronisation at the end.

    Args:
        model, inputs, device, name, on_progress: as for `measure_latency`.
        batch_size: items in one call; "auto": the largest that fits, by `find_batch_size` with
            `strategy`, `max_batch_size`, `memory_limit_bytes`.
        batches: calls in the window.
        warm_up: calls at that batch size before the window.
        loop: "native" (C++) or "python".
        make_inputs: as for `find_batch_size`.

    Raises:
        As `measure_latency` and, with "auto", `find_batch_size`.
    """
    plan = ThroughputPlan(batch_size, batches, choose(Loop, "loop", loop), warm_up)
    search_plan = BatchSizePlan(
        choose(Strategy, "strategy", strategy), max_batch_size, memory_limit_bytes
    )
    with prepared(model, inputs, device, name) as workload:
        search = None
        if plan.batch_size == "auto":
            search = search_batch_size(workload, search_plan, make_inputs, on_progress)
            size = search.max_batch_size
        else:
            size = plan.batch_size
        workload = sized(workload, size, make_inputs)
        environment = capture(workload.device)
        series = measure.throughput(workload, plan, on_progress)
        evidence = Evidence(
            series.samples,
            environment,
            Mode.PIPELINED,
            wanted=plan.batches,
            before=series.before,
            after=series.after,
            accelerators=workload.accelerators,
        )
        return ThroughputResult(
            subject=workload.subject,
            plan=plan,
            batch_size=size,
            window_s=_window_s(series),
            samples=series.samples,
            warm_up=series.warm_up,
            search=search,
            environment=environment,
            caveats=caveats_of(evidence),
        )


def _window_s(series: measure.Series) -> float:
    assert series.window_s is not None, "pipelined calls have a window"
    return series.window_s
