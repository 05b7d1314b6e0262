"""What a program does that matters for timing, in the order in which it does it."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytimer.source_audit.walk.values import Duration, Event, Network, Rate, Value


class Kind(Enum):
    CLOCK = auto()
    RECORD = auto()
    WORK = auto()
    WAIT = auto()
    COPY_IN = auto()
    COPY_OUT = auto()
    PRINT = auto()
    EMPTY_CACHE = auto()
    COMPILE = auto()
    BUILD = auto()
    TRAIN = auto()
    WARM_UP = auto()
    LOOP = auto()


@dataclass(eq=False, slots=True)
class Loop:
    """A loop being walked through.

    Attributes:
        count: how often, where known.
        over_data: over a data loader.
        over_choices: over things written out one by one: models, batch sizes.
        over_numbers: over a range.
        skips_first: it treats its first turns differently.
        position: of its beginning in the trace.
    """

    count: int | None = None
    over_data: bool = False
    over_choices: bool = False
    over_numbers: bool = False
    skips_first: bool = False
    position: int = 0


@dataclass(eq=False, slots=True, kw_only=True)
class Action:
    """Something done.

    Attributes:
        loops: that it is in, the outermost first.
        function: that it is in; None for the module.
        on_device: by an asynchronous device (WORK), or to it (COPY_IN).
        network: that is called (WORK); None for other work.
        inputs_vary: the loops that give the call another model or other inputs each time.
        sizes: of the input (WORK).
        gradients: recorded in this call (WORK).
        training: the network is in training mode, and that matters (WORK).
        compiles: the call compiles the network first (WORK).
        minor: a small operation on a tensor, not a call of a model (WORK).
        discarded: the value is not used: read to wait for it (COPY_OUT).
        steers: the value decides whether a loop goes on (COPY_OUT).
        until: it waits for what was done before that position only; None for all (WAIT).
    """

    kind: Kind
    line: int
    loops: tuple[Loop, ...] = ()
    function: ast.AST | None = None
    on_device: bool = False
    network: Network | None = None
    inputs_vary: frozenset[Loop] = frozenset()
    sizes: tuple[Value, ...] = ()
    gradients: bool = False
    training: bool = False
    compiles: bool = False
    minor: bool = False
    discarded: bool = False
    steers: bool = False
    until: int | None = None


class Clock(Enum):
    HOST = auto()
    EVENTS = auto()
    TOOL = auto()
    """A tool that repeats, warms up and synchronises by itself."""


@dataclass(eq=False, slots=True)
class Region:
    """What lies between two readings of a clock.

    Attributes:
        start, stop: positions in the trace of the readings.
        called: walked through as the file runs, rather than a function that nothing calls.
        labels: names and texts that the time goes by.
        reported: printed, kept or returned.
        kept: put into a collection, or added up.
        repeated: a tool repeats it.
        skips_first: the first samples are left out.
        rated: a number of items is divided by it.
    """

    clock: Clock
    start: int
    stop: int
    start_line: int
    stop_line: int
    called: bool
    labels: set[str] = field(default_factory=set)
    reported: bool = False
    kept: bool = False
    repeated: bool = False
    skips_first: bool = False
    rated: bool = False


@dataclass(eq=False, slots=True)
class Elapsed:
    """elapsed_time() was read between two events, at a position in the trace.

    Attributes:
        started, stopped: where they had been recorded by then.
    """

    start: Event
    stop: Event
    started: tuple[int, ...]
    stopped: tuple[int, ...]
    position: int
    line: int
    loops: tuple[Loop, ...]


class Trace:
    """The actions of a walk, and the regions that were timed in it."""

    def __init__(self) -> None:
        self.actions: list[Action] = []
        self.regions: list[Region] = []
        self.loops: list[Loop] = []
        self.rates: list[Rate] = []
        self.said: list[tuple[Duration | Rate, float | None, str, int]] = []
        self.means_of_rates: list[tuple[Rate, int]] = []
        self.elapsed: list[Elapsed] = []
        self.bare_records: list[int] = []

    def add(self, action: Action) -> int:
        self.actions.append(action)
        return len(self.actions) - 1

    def inside(self, region: Region) -> list[Action]:
        return self.actions[region.start + 1 : region.stop]
