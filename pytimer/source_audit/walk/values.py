"""What is known of the values of a program without running it.

`gpu` says where a value lives: True on an asynchronous device, or there if the machine has one;
False on the host; None where the source does not tell.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pytimer.source_audit.walk.trace import Loop, Region

Scope = dict[str, "Value"]
MOST_ELEMENTS = 8


@dataclass(eq=False, slots=True, kw_only=True)
class Value:
    """Something of which nothing more is known.

    Attributes:
        name: the last part of the expression that it came from.
        varies: the loops that give it another value each time.
        constructed: made by calling something with the name of a class.
        counter: it counts the turns of a loop.
        parts: its attributes and items, each made when first asked for.
    """

    name: str = ""
    gpu: bool | None = False
    varies: frozenset[Loop] = frozenset()
    constructed: bool = False
    counter: bool = False
    parts: dict[str, Value] = field(default_factory=dict)


@dataclass(eq=False, slots=True, kw_only=True)
class Reference(Value):
    """A name from an import, with the whole path: "torch.cuda.synchronize".

    `given`: keywords that a partial has fixed.
    """

    path: str
    given: dict[str, Value] = field(default_factory=dict)


@dataclass(eq=False, slots=True, kw_only=True)
class Constant(Value):
    """`factors`: of a number that was written as a product."""

    constant: Any
    factors: tuple[tuple[ast.expr, Value], ...] = ()


@dataclass(eq=False, slots=True, kw_only=True)
class Place(Value):
    """A device, as torch.device."""


@dataclass(eq=False, slots=True, kw_only=True)
class Tensor(Value):
    """`sizes`: of its dimensions, where known; `output`: work on the device computes it."""

    sizes: tuple[Value, ...] = ()
    output: bool = False


@dataclass(eq=False, slots=True, kw_only=True)
class Network(Value):
    """A torch.nn.Module, or what is called like one.

    Attributes:
        training: None where the source does not tell.
        has_modes: training and evaluation differ (dropout, batch norm).
        records_gradients: unless told not to.
        compiled: the first call compiles; False once it was made.
        returns_host_values: a call ends when its outputs are on the host.
    """

    training: bool | None = None
    has_modes: bool = True
    records_gradients: bool = True
    compiled: bool = False
    returns_host_values: bool = False


@dataclass(eq=False, slots=True, kw_only=True)
class Event(Value):
    """A CUDA event. `records`: positions in the trace."""

    timing: bool
    line: int
    records: list[int] = field(default_factory=list)
    escaped: bool = False


@dataclass(eq=False, slots=True, kw_only=True)
class Reading(Value):
    """A clock was read. `per_second`: 1 for seconds, 1000 for milliseconds."""

    position: int
    per_second: float = 1.0


@dataclass(eq=False, slots=True, kw_only=True)
class Duration(Value):
    """A time that was measured, or a mean or sum of such times.

    Attributes:
        units: what it may be in, as units per second: {1000.0} is milliseconds; a division by 1000
            that may be by a count leaves two.
        conversion: the line of the last one of these; None where there was none.
        others: regions whose times were added.
        summed: it is the sum of times of single calls.
    """

    region: Region
    units: frozenset[float]
    conversion: int | None = None
    others: frozenset[Region] = frozenset()
    summed: bool = False


@dataclass(eq=False, slots=True, kw_only=True)
class Rate(Value):
    """Something divided by a duration.

    Attributes:
        factors: of the numerator, as expressions and values.
        units: of the duration, less powers of ten in the numerator: {1.0} is per second.
        summed: it is a sum of rates.
    """

    duration: Duration
    factors: tuple[tuple[ast.expr, Value], ...]
    units: frozenset[float]
    line: int
    summed: bool = False


@dataclass(eq=False, slots=True, kw_only=True)
class Product(Value):
    """A product of numbers, kept for what it may become the numerator of."""

    factors: tuple[tuple[ast.expr, Value], ...]


@dataclass(eq=False, slots=True, kw_only=True)
class Collection(Value):
    """A list, tuple, dictionary or array: `element` stands for all of its elements.

    Attributes:
        elements: one by one, where it is written out.
        by_key: of a dictionary, those with a constant key.
        literal: its elements are written out, or are keys and values of a dictionary.
        loads_data: a data loader.
        count: how many it has.
    """

    element: Value | None = None
    elements: list[Value] = field(default_factory=list)
    by_key: dict[Any, Value] = field(default_factory=dict)
    literal: bool = False
    loads_data: bool = False
    count: Value | None = None
    regions: set[Region] = field(default_factory=set)


@dataclass(eq=False, slots=True, kw_only=True)
class Function(Value):
    """A function of this file; `bound`: the object it is a method of."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    scopes: tuple[Scope, ...]
    bound: Value | None = None
    first: tuple[Value, ...] = ()
    generator_context: bool = False
    no_grad: bool = False
    is_property: bool = False
    is_static: bool = False


@dataclass(eq=False, slots=True, kw_only=True)
class Class(Value):
    node: ast.ClassDef
    scopes: tuple[Scope, ...]
    members: Scope
    bases: tuple[Value, ...]


@dataclass(eq=False, slots=True, kw_only=True)
class Instance(Value):
    """An object of a class of this file; its attributes are `parts`."""

    of: Class


@dataclass(eq=False, slots=True, kw_only=True)
class Context(Value):
    """What calling a function with a `yield` and @contextmanager returns."""

    function: Function
    arguments: Sequence[Value]
    keywords: dict[str, Value]


@dataclass(eq=False, slots=True, kw_only=True)
class Timer(Value):
    """A timer of timeit or of torch (which `synchronises`), made at `node`."""

    statement: Value
    variables: Value
    synchronises: bool
    node: ast.expr


Arguments = Sequence[Value]
Keywords = dict[str, Value]


class Forgetful(dict[str, Value]):
    """Attributes of what stands for many things at once: none is kept."""

    def __setitem__(self, name: str, value: Value) -> None: ...
    def setdefault(self, name: str, value: Value) -> Value:
        return value


NOTHING = Value(parts=Forgetful())
NO_GRAD = Value(name="no_grad", parts=Forgetful())
"""What switches gradients off, as a context or as a statement."""


def is_constant(value: Value, constant: object) -> bool:
    return (
        isinstance(value, Constant)
        and type(value.constant) is type(constant)
        and bool(value.constant == constant)
    )


def text_in(value: Value) -> str | None:
    """The text that a value is; None for what is none."""
    if isinstance(value, Constant) and isinstance(value.constant, str):
        return value.constant
    return None


def flat(values: Arguments) -> list[Value]:
    """The values, with those in collections beside them."""
    found: list[Value] = []
    for value in values:
        found.append(value)
        if isinstance(value, Collection):
            found += value.elements[:MOST_ELEMENTS] or ([value.element] if value.element else [])
    return found


def another(value: Value) -> Value:
    """A second one like a value, where being the same matters."""
    return (
        Event(timing=value.timing, line=value.line, gpu=True) if isinstance(value, Event) else value
    )
