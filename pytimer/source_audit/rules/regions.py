"""The rules: from what a program does to what is wrong with how it times."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pytimer.source_audit.catalogue import RULE_NAMED
from pytimer.source_audit.finding import Finding
from pytimer.source_audit.rules.throughput import (
    batch_size_mismatches,
    means_of_rates,
    waits_per_call,
)
from pytimer.source_audit.rules.wording import unit_mix_ups
from pytimer.source_audit.walk import names
from pytimer.source_audit.walk.trace import Action, Clock, Kind, Region, Trace

WAITS = (Kind.WAIT, Kind.COPY_OUT)


def findings_of(trace: Trace) -> tuple[Finding, ...]:
    """All that the rules find, in order of lines, each place once for each rule."""
    found: dict[tuple[str, int], Finding] = {}
    for name, line, detail in _everything(trace):
        found.setdefault((name, line), Finding(line, RULE_NAMED[name], detail))
    return tuple(sorted(found.values(), key=lambda finding: (finding.line, finding.rule.id)))


Place = tuple[str, int, str]


def _everything(trace: Trace) -> Iterator[Place]:
    yield from _of_events(trace)
    yield from unit_mix_ups(trace)
    yield from means_of_rates(trace)
    yield from batch_size_mismatches(trace)
    for region in trace.regions:
        timed = Timed(trace, region)
        if timed.is_measurement:
            for rule in REGION_RULES:
                yield from rule(timed)


class Timed:
    """A region with what was done in it."""

    def __init__(self, trace: Trace, region: Region) -> None:
        self.trace, self.region = trace, region
        own = {trace.actions[position].function for position in (region.start, region.stop)}
        own.add(None)
        inside = {
            position: action
            for position, action in enumerate(trace.inside(region), region.start + 1)
            if region.called or action.function in own or action.kind in WAITS
        }
        self.actions = list(inside.values())
        self.work_positions = [p for p, action in inside.items() if action.kind is Kind.WORK]
        self.work = [action for action in self.actions if action.kind is Kind.WORK]
        self.calls = [action for action in self.work if not action.minor] or self.work

    def has(self, kind: Kind) -> bool:
        return any(action.kind is kind for action in self.actions)

    @property
    def labels(self) -> str:
        return " ".join(self.region.labels)

    @property
    def is_measurement(self) -> bool:
        """Whether work of a model is timed, rather than a program, an epoch or a deadline."""
        return (
            bool(self.work)
            and self.region.reported
            and not self.has(Kind.TRAIN)
            and not self.has(Kind.BUILD)
            and not names.COMPILING.search(self.labels)
        )

    @property
    def on_device(self) -> bool:
        return any(action.on_device for action in self.work)

    @property
    def start(self) -> Action:
        return self.trace.actions[self.region.start]

    @property
    def start_line(self) -> int:
        """Where the clock starts; the first call where it never does."""
        return self.calls[0].line if self.start.kind is Kind.LOOP else self.region.start_line

    @property
    def is_outer(self) -> bool:
        """Whether all of its work is timed inside it once more."""
        inner = [
            other
            for other in self.trace.regions
            if other is not self.region
            and other.reported
            and self.region.start <= other.start
            and other.stop <= self.region.stop
        ]
        return bool(inner) and all(
            any(other.start < position < other.stop for other in inner)
            for position in self.work_positions
        )

    @property
    def is_over_data(self) -> bool:
        """Whether it holds a loop over a data loader: the wall time of a pass over the data."""
        outside = set(self.start.loops)
        return any(
            loop.over_data for action in self.work for loop in action.loops if loop not in outside
        )


# Events


def _of_events(trace: Trace) -> Iterator[Place]:
    for line in trace.bare_records:
        yield "event-not-recorded", line, "record is named, but not called"
    for read in trace.elapsed:
        for event in dict.fromkeys((read.start, read.stop)):
            if not event.timing:
                yield "event-without-timing", event.line, ""
        records = ((read.start, read.started), (read.stop, read.stopped))
        if any(not positions and not event.escaped for event, positions in records):
            waits = any(
                action.kind in WAITS and action.loops == read.loops
                for action in trace.actions[: read.position]
            )
            yield (
                "event-not-recorded",
                read.line,
                "" if waits else "nor does anything wait for the device before elapsed_time()",
            )
        if not (read.started and read.stopped):
            continue
        last = max(read.started[-1], read.stopped[-1])
        if read.started[0] > read.stopped[0] and read.started[-1] > read.stopped[-1]:
            yield "reversed-elapsed-time", read.line, ""
        between = trace.actions[last + 1 : read.position]
        if not any(a.kind in WAITS and (a.until is None or a.until >= last) for a in between):
            yield "event-not-synchronised", read.line, ""


# Synchronisation


def _host_clock(timed: Timed) -> Iterator[Place]:
    if timed.region.clock is not Clock.HOST or not timed.on_device:
        return
    if names.LAUNCHING.search(timed.labels):
        return
    own = frozenset(timed.actions)
    if _is_pending(timed.trace, timed.region.start + 1, timed.region.stop, own):
        yield "host-clock-without-sync", timed.region.stop_line, ""
    elif not timed.is_over_data and _is_pending(timed.trace, 0, timed.region.start):
        yield (
            "host-clock-without-sync",
            timed.region.start_line,
            "work put into the queue before is not over when the clock starts",
        )


def _is_pending(trace: Trace, first: int, last: int, of: frozenset[Action] | None = None) -> bool:
    """Whether the device may be at work after those actions; only `of` them count as work."""
    waited_until = first
    for position in range(last - 1, first - 1, -1):
        action = trace.actions[position]
        if action.kind in WAITS:
            if action.until is None:
                return False
            waited_until = max(waited_until, action.until)
        if position < waited_until:
            return False
        if action.kind is Kind.WORK and action.on_device and (of is None or action in of):
            return True
    return False


# What does not belong inside


def _contents(timed: Timed) -> Iterator[Place]:
    if timed.is_outer or names.END_TO_END.search(timed.labels):
        return
    for action in timed.actions:
        match action.kind:
            case Kind.COPY_IN if action.on_device and not timed.is_over_data:
                yield "copy-in-timing", action.line, ""
            case Kind.COPY_OUT if not (action.discarded or action.steers or timed.is_over_data):
                yield "sync-in-timing", action.line, ""
            case Kind.PRINT if timed.on_device:
                yield "print-in-timing", action.line, ""
            case Kind.EMPTY_CACHE:
                yield "empty-cache-in-timing", action.line, ""


def _compiling(timed: Timed) -> Iterator[Place]:
    compiling = [action for action in timed.actions if action.kind is Kind.COMPILE]
    for action in compiling:
        yield "compile-in-timing", action.line, ""
    if compiling or _skips_first(timed):
        return
    if any(action.compiles for action in timed.calls):
        detail = "the first call of a compiled model compiles it"
        yield "compile-in-timing", timed.region.start_line, detail


# How often


def _warm_up(timed: Timed) -> Iterator[Place]:
    region, first = timed.region, timed.calls[0]
    if region.clock is Clock.TOOL or _skips_first(timed) or timed.is_outer or timed.is_over_data:
        return
    if not region.called and not _loops_inside(timed) and not timed.start.loops:
        return
    if any(action.compiles or action.kind is Kind.COMPILE for action in timed.actions):
        return
    for action in timed.trace.actions[: region.start]:
        if action.kind is Kind.WARM_UP:
            return
        if action.kind is Kind.WORK and not action.minor and _is_same(action, first):
            return
    yield "no-warm-up", timed.start_line, ""


def _is_same(one: Action, other: Action) -> bool:
    return one.network is None or other.network is None or one.network is other.network


def _skips_first(timed: Timed) -> bool:
    loops = {loop for action in (timed.start, *timed.work) for loop in action.loops}
    return timed.region.skips_first or any(loop.skips_first for loop in loops)


def _loops_inside(timed: Timed) -> bool:
    outside = set(timed.start.loops)
    return any(loop not in outside for action in timed.calls for loop in action.loops)


def _single(timed: Timed) -> Iterator[Place]:
    region = timed.region
    if region.repeated or not region.called or len(timed.calls) > 1 or _loops_inside(timed):
        return
    call = timed.calls[0]
    repeating = [
        loop
        for loop in timed.start.loops
        if region.kept
        or not (loop.over_choices or (loop.over_numbers and loop in call.inputs_vary))
    ]
    if repeating and not all(loop.count == 1 or (loop.over_choices) for loop in repeating):
        return
    if any(action.compiles or action.kind is Kind.COMPILE for action in timed.actions):
        return
    yield "single-sample", region.start_line, ""


# How the model is called


def _modes(timed: Timed) -> Iterator[Place]:
    for action in timed.work:
        if action.training:
            yield "no-eval", action.line, ""
        if action.gradients and action.network is not None:
            yield "no-no-grad", action.line, ""


def _waits(timed: Timed) -> Iterator[Place]:
    yield from waits_per_call(timed.trace, timed.region)


REGION_RULES: tuple[Callable[[Timed], Iterator[Place]], ...] = (
    _host_clock,
    _contents,
    _compiling,
    _warm_up,
    _single,
    _modes,
    _waits,
)
