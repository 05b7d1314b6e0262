"""Makes the call that is looked at."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import torch
from torch.utils import _pytree as pytree

from pytimer.call_audit.findings import CallAudit
from pytimer.call_audit.modules import ModuleWatch
from pytimer.call_audit.operations import OperationWatch
from pytimer.call_audit.parts import is_compiled, parts_of
from pytimer.devices import Device, Observed
from pytimer.loops import make_engine
from pytimer.plan import Loop
from pytimer.workload import Workload, as_it_is


def audit(
    fn: Callable[..., Any], *inputs: Any, device: str | torch.device | Device | None = None
) -> CallAudit:
    """What a call of `fn` does that its timing does not show.

    Calls it as it is, in the modes that are on (train or eval, gradients, autocast), with `inputs`
    where they are: once, and once more on an asynchronous device. Operations inside compiled code
    are not looked at, nor is anything compiled for it.

    Args:
        device: where the call works, such as "cuda:1"; None: where the parameters of the modules
            within its reach are, else where the inputs are.

    Raises:
        PlanError: `fn` cannot be called.
        DeviceUnavailableError: no such device.

    Whatever `fn` raises is passed on.
    """
    parts = tuple(parts_of(fn))
    workload = as_it_is(fn, inputs, device, parts)
    with workload.device.as_current():
        seen = audited(workload)
        return _warm(seen, workload) if workload.device.asynchronous else seen


def audited(workload: Workload) -> CallAudit:
    """What one call of the workload does; other streams are not looked at."""
    device = workload.device
    parts = tuple(parts_of(workload.python_call[0]))
    is_closed = workload.kind != "eager" or any(map(is_compiled, parts))
    place = device.place(torch.empty(0)).device
    modules = ModuleWatch(parts, place.type)
    operations = OperationWatch(place, modules.where)

    def look() -> None:
        with modules, operations:
            workload.call()

    def look_from_outside() -> None:
        modules.note_held()
        operations.recorded += _has_gradients(workload.call())

    with _without_compiling():
        observed = device.observe(look_from_outside if is_closed else look)
    return CallAudit(
        workload.name,
        device.name,
        not_looked_at="the operations inside compiled code" if is_closed else None,
        copies=operations.copies,
        made_on_host=operations.made_on_host,
        waits=operations.waits,
        device_waits=observed.waits,
        driver_allocations=observed.driver_allocations,
        training=tuple(modules.training),
        recorded=operations.recorded,
        autocast=modules.autocast,
    )


def _warm(seen: CallAudit, workload: Workload) -> CallAudit:
    """With what a second call shows: allocations once it is warm, streams without watchers."""
    noted: list[Observed] = []

    def observed() -> None:
        noted.append(workload.device.observe(workload.call))

    alone = replace(workload, model=observed, sets=(((), {}),))
    with _without_compiling():
        engine = make_engine(Loop.PYTHON, alone)
        engine.isolated(1)
    samples = engine.take()
    return replace(
        seen,
        device_waits=noted[0].waits,
        driver_allocations=noted[0].driver_allocations,
        device_s=float(samples.columns["device_s"][0]),
        drain_s=float(samples.columns["drain_s"][0]),
    )


@contextmanager
def _without_compiling() -> Iterator[None]:
    """Inside, compiled code that fits is used, and what would be compiled anew runs eagerly."""
    if "torch._dynamo" not in sys.modules:  # nothing is compiled, and importing it takes a second
        yield
        return
    with torch.compiler.set_stance("eager_on_recompile"):
        yield


def _has_gradients(result: Any) -> bool:
    tensors = (leaf for leaf in pytree.tree_leaves(result) if isinstance(leaf, torch.Tensor))
    return any(tensor.grad_fn is not None for tensor in tensors)
