"""The state of a walk through a program: scopes, loops, and what has been done so far."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from pytimer.source_audit.walk import names
from pytimer.source_audit.walk.trace import Action, Clock, Kind, Loop, Region, Trace
from pytimer.source_audit.walk.units import unit_of_name
from pytimer.source_audit.walk.values import (
    Arguments,
    Collection,
    Duration,
    Event,
    Keywords,
    Rate,
    Reading,
    Reference,
    Scope,
    Value,
)

MOST_STEPS = 150_000
MOST_CALLS_DEEP = 12


class StepsExceededError(Exception):
    """The walk takes too many steps; what it has seen so far counts."""


class Machine(ABC):
    """Scopes, loops and trace; what reads and writes them.

    Attributes:
        uses_gpu: the file speaks of an asynchronous device: a value of unknown place may be there.
        on_host: the present branch is the one for machines without such a device.
        gradients: they are being recorded.
        called: the statement runs when the file does; False in a function that nothing calls.
        capturing: into a CUDA graph.
        default_gpu: new tensors are on the device.
        quiet: a comparison is evaluated: its times are no report.
        asserting: what is compared is asserted, which reports it.
        active: the functions being walked through, the innermost last.
        walked: those that were.
        over: what the loops go over, the innermost last.
        returned: by the present function so far.
        on_yield: what a yield of the present generator is given to.
        discarding: the expression whose value is not used.
        result_discarded: likewise the present function's.
        steering: the value decides whether a loop is left.
        hooks: registered on modules, by kind.
        outer_names: of scopes, by their identity: the names that are not their own.
    """

    def __init__(self, text: str) -> None:
        self.uses_gpu = bool(names.GPU_WORD.search(text))
        self.trace = Trace()
        self.scopes: tuple[Scope, ...] = (Scope(),)
        self.loops: tuple[Loop, ...] = ()
        self.on_host = False
        self.gradients = True
        self.called = True
        self.capturing = False
        self.default_gpu = False
        self.quiet = False
        self.asserting = False
        self.steps = 0
        self.active: list[ast.AST] = []
        self.walked: set[ast.AST] = set()
        self.over: list[Value] = []
        self.returned: list[Value] = []
        self.on_yield: Callable[[Value], None] | None = None
        self.discarding: ast.expr | None = None
        self.steering = False
        self.result_discarded = False
        self.hooks: list[tuple[str, Value]] = []
        self.outer_names: dict[int, set[str]] = {}

    # What the classes above know

    @abstractmethod
    def evaluate(self, node: ast.expr | None) -> Value: ...
    @abstractmethod
    def execute(self, body: list[ast.stmt]) -> None: ...
    @abstractmethod
    def call_value(
        self, callee: Value, arguments: Arguments, keywords: Keywords, node: ast.expr
    ) -> Value: ...
    @abstractmethod
    def call_path(
        self, path: str, arguments: Arguments, keywords: Keywords, node: ast.expr
    ) -> Value: ...
    @abstractmethod
    def call_method(
        self, base: Value, method: str, arguments: Arguments, keywords: Keywords, node: ast.expr
    ) -> Value: ...
    @abstractmethod
    def result_of(self, body: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> Value: ...
    @abstractmethod
    def yielded(self, value: Value) -> Value: ...
    @abstractmethod
    def in_generators(
        self, generators: list[ast.comprehension]
    ) -> AbstractContextManager[None]: ...
    @abstractmethod
    def element_of(self, value: Value) -> Value: ...
    @abstractmethod
    def rebind(self, target: ast.expr, value: Value) -> None: ...

    def step(self) -> None:
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise StepsExceededError

    @contextmanager
    def having(self, **state: object) -> Iterator[None]:
        """Inside, attributes have other values."""
        before = {name: getattr(self, name) for name in state}
        for name, value in state.items():
            setattr(self, name, value)
        try:
            yield
        finally:
            for name, value in before.items():
                setattr(self, name, value)

    def look_up(self, name: str) -> Value:
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        return Reference(path=name, name=name)

    def on_device(self, *values: Value) -> bool:
        """Whether work on these values is work of an asynchronous device."""
        if self.on_host:
            return False
        places = [value.gpu for value in values]
        return True in places or (None in places and self.uses_gpu)

    def act(self, kind: Kind, node: ast.AST, **facts: Any) -> int:
        """Writes an action with those attributes into the trace; returns its position."""
        return self.trace.add(
            Action(
                kind=kind,
                line=getattr(node, "lineno", 0),
                loops=self.loops,
                function=self.active[-1] if self.active else None,
                **facts,
            )
        )

    def read_clock(self, node: ast.AST, per_second: float) -> Reading:
        position = self.act(Kind.CLOCK, node)
        return Reading(position=position, per_second=per_second)

    def act_by_name(self, name: str, node: ast.AST) -> bool:
        """Does what a name says, if it is waiting or warming up; whether it was one of these."""
        if names.SYNCHRONISE.search(name):
            self.act(Kind.WAIT, node)
            return True
        if names.WARM_UP_NAME.search(name):
            self.act(Kind.WARM_UP, node)
            return True
        return False

    def hand_over(self, arguments: Arguments, keywords: Keywords) -> None:
        """Values go to code that is not in this file."""
        for value in (*arguments, *keywords.values()):
            self.use(value)
            if isinstance(value, Event):
                value.escaped = True

    def loads_data(self, value: Value) -> bool:
        return (isinstance(value, Collection) and value.loads_data) or (
            type(value) is Value and names.DATA_LOADER.search(value.name) is not None
        )

    def region(self, clock: Clock, start: int, stop: int, line: int | None = None) -> Region:
        """A region between two actions, registered once."""
        actions = self.trace.actions
        for known in reversed(self.trace.regions[-50:]):
            if (known.clock, known.start, known.stop) == (clock, start, stop):
                return known
        region = Region(
            clock,
            start,
            stop,
            line or actions[start].line,
            line or actions[stop].line,
            self.called,
        )
        self.trace.regions.append(region)
        return region

    def use(self, value: Value | None, *, kept: bool = False) -> None:
        """A value is printed, kept or returned."""
        for region in () if self.quiet else regions_of(value):
            region.reported = True
            region.kept |= kept or isinstance(value, Collection)

    def keep(self, value: Value, place: ast.expr) -> None:
        """A value is added to what a place holds. A local variable is no report yet."""
        is_local = (
            len(self.active) > 0 and isinstance(place, ast.Name) and place.id in self.scopes[-1]
        )
        for region in regions_of(value):
            region.kept = True
            region.reported |= not is_local

    def label(self, value: Value | None, name: str, line: int) -> None:
        """A value goes by a name."""
        if isinstance(value, Collection):
            value = value.element
        if isinstance(value, Duration | Rate):
            for region in regions_of(value):
                region.labels.add(name)
            self.trace.said.append((value, unit_of_name(name), name, line))


def regions_of(value: Value | None) -> set[Region]:
    """The regions whose times a value holds."""
    if isinstance(value, Duration):
        return {value.region, *value.others}
    if isinstance(value, Rate):
        return regions_of(value.duration)
    if isinstance(value, Collection):
        return value.regions
    return set()
