"""One measurement by all ranks: alone first, then together."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import torch

import pytimer
from pytimer import codec
from pytimer.devices import Device
from pytimer.errors import Interrupted, PlanError, PyTimerError, RankError
from pytimer.latency import LatencyResult, latency_of
from pytimer.model_setup import Setup
from pytimer.plan import BatchSizePlan, Extras, LatencyPlan, ThroughputPlan, check_positive
from pytimer.probing import MakeInputs
from pytimer.progress import OnProgress, Progress
from pytimer.ranks.blame import INTERRUPTED
from pytimer.ranks.cards import Card, check_same, named_fields
from pytimer.ranks.clocks import over_both
from pytimer.ranks.group import RESULT, Group, joined
from pytimer.ranks.place import place_of
from pytimer.ranks.result import Measured, MissingRank, RankResult, RanksResult
from pytimer.ranks.start_line import StartLine
from pytimer.termination import Termination
from pytimer.throughput import throughput_by_plan, throughput_of
from pytimer.work import NotAvailable
from pytimer.workload import ModelOrPath, Workload, prepared

TIMEOUT_S = 600.0

_DEFAULT_SEARCH = BatchSizePlan()
_TIME_ALONE = Extras(audit=False, flop=False)


def measure_ranks(
    model: ModelOrPath,
    inputs: Any,
    plan: LatencyPlan | ThroughputPlan,
    *,
    device: str | torch.device | Device | None = None,
    search_plan: BatchSizePlan = _DEFAULT_SEARCH,
    make_inputs: MakeInputs | None = None,
    timeout_s: float = TIMEOUT_S,
    name: str | None = None,
    setup: Setup | None = None,
    audit: bool = True,
    on_progress: OnProgress | None = None,
) -> RanksResult | None:
    """Measures with all processes that torchrun has started, at the same time.

    Every rank calls this with the same plan and a model of its own. Rank 0 measures alone first,
    then all begin at one moment. No FLOP are counted. A group that the script has opened is left as
    it is.

    Args:
        model, inputs, device, name, setup: as for `measure_latency`.
        plan: what each rank measures. Batch size "auto" is found by rank 0.
        search_plan: of that search.
        make_inputs: as for `find_batch_size`.
        timeout_s: the longest wait for another rank.
        audit, on_progress: as for `measure_latency`, of rank 0 while it is alone.

    Returns:
        On rank 0 what all measured; None on the others.

    Raises:
        RankError: not started by torchrun with two ranks or more; a rank ended, hangs or cannot be
            reached; or the common window is too short for what is known of the clocks. On rank 0
            `result` has what was measured.
        PlanError: the ranks would measure different things, or a plan that is for one process.
        Others as `measure_latency` and `measure_throughput`, with `result` likewise.
    """
    place = place_of(os.environ)
    if place is None:
        raise RankError("expected at least two ranks, got none; start this program with torchrun")
    check_positive("timeout_s", timeout_s, "seconds")
    with Termination() as termination, joined(place, timeout_s, termination) as group:
        return measured_in(
            group,
            model,
            inputs,
            plan,
            device=device,
            search_plan=search_plan,
            make_inputs=make_inputs,
            name=name,
            setup=setup,
            audit=audit,
            on_progress=on_progress,
        )


def measured_in(
    group: Group,
    model: ModelOrPath,
    inputs: Any,
    plan: LatencyPlan | ThroughputPlan,
    *,
    device: str | torch.device | Device | None,
    search_plan: BatchSizePlan,
    make_inputs: MakeInputs | None,
    name: str | None,
    setup: Setup | None,
    audit: bool,
    on_progress: OnProgress | None,
) -> RanksResult | None:
    """`measure_ranks` for a group that is there."""
    if isinstance(plan, ThroughputPlan) and plan.concurrency > 1:
        raise PlanError(
            f"several ranks measure with one thread each, got concurrency {plan.concurrency}; "
            "leave it out, or start more ranks"
        )
    with prepared(model, inputs, device, name, setup) as workload:
        session = _Session(group, workload, plan, search_plan, make_inputs, audit, on_progress)
        try:
            result = session.result()
        except (KeyboardInterrupt, PyTimerError) as error:
            if group.place.rank > 0:
                if isinstance(error, Interrupted | PyTimerError):
                    error.result = None  # rank 0 alone has one
                raise
            raise session.with_known(error) from None
    if result is not None and result.refusal is not None and isinstance(plan, ThroughputPlan):
        refused = RankError(f"no aggregate: {result.refusal}")
        refused.result = result
        raise refused
    return result


class _Session:
    """What one rank does, and what it knows so far."""

    def __init__(
        self,
        group: Group,
        workload: Workload,
        plan: LatencyPlan | ThroughputPlan,
        search_plan: BatchSizePlan,
        make_inputs: MakeInputs | None,
        audit: bool,
        on_progress: OnProgress | None,
    ) -> None:
        self._audit = audit
        self._group = group
        self._workload = workload
        self._plan = plan
        self._search_plan = search_plan
        self._make_inputs = make_inputs
        self._on_progress = on_progress if group.place.rank == 0 else None
        self._alone: Measured | None = None
        self._known: dict[int, RankResult] = {}

    def result(self) -> RanksResult | None:
        group, size = self._group, self._group.place.world_size
        self._introduce()
        group.connect()
        self._measure_alone()
        self._measure_together()
        if group.place.rank > 0:
            return None
        for rank, word in group.hear(RESULT, range(1, size)).items():
            self._known[rank] = _decoded(rank, word)
        return self._so_far({})

    def with_known(self, error: KeyboardInterrupt | PyTimerError) -> Interrupted | PyTimerError:
        """The error to raise on rank 0, with what is known.

        torchrun interrupts all ranks when one has died: that one is then named.
        """
        group = self._group
        found: Interrupted | PyTimerError
        reasons: Mapping[int, str]
        if isinstance(error, PyTimerError):
            found = error
            reasons = error.reasons if isinstance(error, RankError) else {0: str(error)}
        else:
            lost = group.lost("measuring", interrupted=True)
            reasons = lost.reasons
            is_to_blame = bool(reasons) and INTERRUPTED not in reasons.values()
            found = lost if is_to_blame else Interrupted()
            found.samples = getattr(error, "samples", None)
            found.result = getattr(error, "result", None)
        others_measure = self._alone is not None and isinstance(error, PyTimerError)
        broken_off = found.result
        if self._alone is None and isinstance(broken_off, LatencyResult):
            self._alone = broken_off
        group.tell_end(error)
        for rank, word in group.last_results(patience=others_measure).items():
            if rank not in self._known:
                with suppress(RankError):  # one bad word costs that rank alone
                    self._known[rank] = _decoded(rank, word)
        if self._known or self._alone is not None:
            found.result = self._so_far(reasons)
        return found

    def _so_far(self, reasons: Mapping[int, str]) -> RanksResult:
        size = self._group.place.world_size
        missing = (
            MissingRank(rank, reasons.get(rank, "it was not heard to the end"))
            for rank in range(size)
            if rank not in self._known
        )
        known = tuple(self._known[rank] for rank in sorted(self._known))
        return RanksResult(size, known, tuple(missing), self._alone)

    def _introduce(self) -> None:
        """Compares what the ranks are about to measure."""
        group, subject = self._group, self._workload.subject
        same = {
            "model": subject.model,
            "inputs": ", ".join(subject.inputs),
            "call": subject.call,
            "kind of device": subject.device.partition(":")[0],
            "pytimer": pytimer.__version__,
            "torch": str(torch.__version__),
            **named_fields("plan", self._plan),
            **named_fields("setup", self._workload.setup),
        }
        group.say("card", codec.encode(Card(same, socket.gethostname())))
        if group.place.rank == 0:
            words = group.hear("card", range(group.place.world_size))
            check_same({rank: codec.decode(Card, word) for rank, word in words.items()})
            group.say("agreed", True)
        else:
            group.hear("agreed", [0])

    def _measure_alone(self) -> None:
        """Rank 0 measures; the others wait."""
        group = self._group
        if group.place.rank == 0:
            self._alone = _uncounted(self._measured_alone())
            group.say("batch size", getattr(self._alone, "batch_size", None))
        group.meet("rank 0 alone")

    def _measured_alone(self) -> Measured:
        workload, plan, tell = self._workload, self._plan, self._on_progress
        if isinstance(plan, LatencyPlan):
            return latency_of(workload, plan, tell, replace(_TIME_ALONE, audit=self._audit))
        return throughput_by_plan(
            workload, plan, self._search_plan, self._make_inputs, tell, _TIME_ALONE
        )

    def _measure_together(self) -> None:
        group, rank = self._group, self._group.place.rank
        if self._on_progress is not None:
            size = group.place.world_size
            self._on_progress(Progress(f"{size} ranks together", 0, None))
        line = StartLine(group)
        measured = _uncounted(self._measured_together(line))
        clock = line.clock
        if line.failure is None:
            try:
                clock = over_both(clock, group.clock())
            except (KeyboardInterrupt, RankError) as error:
                line.failure = error
        zero_ns = line.moment_ns - round(clock.offset_s * 1e9)
        opened_s, closed_s = ((ns - zero_ns) / 1e9 for ns in (line.opened_ns, line.closed_ns))
        if measured.window_s is not None:  # behind it come the times of events, and no call
            closed_s = opened_s + measured.window_s
        own = RankResult(rank, socket.gethostname(), clock, opened_s, closed_s, measured)
        self._known[rank] = own
        group.say(RESULT, codec.encode(own))
        if line.failure is not None:
            raise line.failure

    def _measured_together(self, line: StartLine) -> Measured:
        workload, plan = self._workload, self._plan
        if isinstance(plan, LatencyPlan):
            return latency_of(workload, plan, None, _TIME_ALONE, line)
        size = int(self._group.hear("batch size", [0])[0])
        plan = replace(plan, batch_size=size)
        return throughput_of(workload, plan, size, self._make_inputs, None, _TIME_ALONE, line)


def _uncounted(measured: Measured) -> Measured:
    """The same, with the reason why there are no FLOP."""
    if measured.work is None:
        return measured
    flop = NotAvailable("not counted: several ranks measure time alone")
    return replace(measured, work=replace(measured.work, flop=flop))


def _decoded(rank: int, word: Any) -> RankResult:
    try:
        result: RankResult = codec.decode(RankResult, word)
    except ValueError as error:
        raise RankError(
            f"rank {rank} sent what is no result of this pytimer: {error}; start the same version "
            "on all ranks"
        ) from None
    return result
