"""Built-in functions, and those of the standard library, that go over things."""

from __future__ import annotations

import ast

from pytimer.source_audit.walk.machine import regions_of
from pytimer.source_audit.walk.timing_tools import TimingTools
from pytimer.source_audit.walk.trace import Kind
from pytimer.source_audit.walk.values import (
    NOTHING,
    Arguments,
    Collection,
    Keywords,
    Tensor,
    Value,
    is_constant,
)


class Iterables(TimingTools):
    """Evaluates calls of range, zip, map and their like."""

    def call_range(self, arguments: Arguments, *_: object) -> Value:
        count = arguments[0] if len(arguments) == 1 else NOTHING
        if len(arguments) == 2 and is_constant(arguments[0], 0):
            count = arguments[1]
        return Collection(name="range", count=count, element=Value(name="index"))

    def call_enumerate(self, arguments: Arguments, *_: object) -> Value:
        of = arguments[0] if arguments else NOTHING
        element = of.element if isinstance(of, Collection) else self.element_of(of)
        pair = Collection(elements=[Value(name="index"), element or NOTHING], literal=True)
        return Collection(
            element=pair,
            loads_data=self.loads_data(of),
            literal=isinstance(of, Collection) and of.literal,
            count=of.count if isinstance(of, Collection) else None,
        )

    def call_zip(self, arguments: Arguments, *_: object) -> Value:
        elements = [self.element_of(argument) for argument in arguments]
        made = Collection(element=Collection(elements=elements, literal=True))
        made.literal = any(isinstance(a, Collection) and a.literal for a in arguments)
        made.loads_data = any(self.loads_data(a) for a in arguments)
        return made

    def call_tqdm(self, arguments: Arguments, *_: object) -> Value:
        return arguments[0] if arguments else NOTHING

    call_tqdm_tqdm = call_tqdm_auto_tqdm = call_tqdm_notebook_tqdm = call_rich_progress_track = (
        call_tqdm
    )
    call_itertools_islice = call_itertools_cycle = call_copy_deepcopy = call_copy_copy = call_tqdm
    call_track = call_typing_cast = call_tqdm

    def call_tqdm_trange(self, arguments: Arguments, *_: object) -> Value:
        return self.call_range(arguments)

    call_trange = call_tqdm_auto_trange = call_tqdm_trange

    def call_itertools_repeat(self, arguments: Arguments, *_: object) -> Value:
        return Collection(element=arguments[0] if arguments else NOTHING)

    def call_len(self, arguments: Arguments, *_: object) -> Value:
        of = arguments[0] if arguments else NOTHING
        if isinstance(of, Collection) and of.count is not None and of.literal:
            return of.count
        return Value(name="len")

    def call_map(self, arguments: Arguments, keywords: Keywords, node: ast.expr) -> Value:
        if len(arguments) < 2:
            return NOTHING
        element = self.call_value(arguments[0], [self.element_of(arguments[1])], {}, node)
        return Collection(element=element, regions=regions_of(element))

    def call_bool(self, arguments: Arguments, keywords: Keywords, node: ast.expr) -> Value:
        for value in arguments:
            if isinstance(value, Tensor) and value.output and self.on_device(value):
                self.act(Kind.COPY_OUT, node)
        return NOTHING

    call_int = call_bool
