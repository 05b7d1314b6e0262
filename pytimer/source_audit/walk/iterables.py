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

    def library_range(self, arguments: Arguments, *_: object) -> Value:
        count = arguments[0] if len(arguments) == 1 else NOTHING
        if len(arguments) == 2 and is_constant(arguments[0], 0):
            count = arguments[1]
        return Collection(name="range", count=count, element=Value(name="index", counter=True))

    def library_enumerate(self, arguments: Arguments, *_: object) -> Value:
        of = arguments[0] if arguments else NOTHING
        element = of.element if isinstance(of, Collection) else self.element_of(of)
        pair = Collection(
            elements=[Value(name="index", counter=True), element or NOTHING], literal=True
        )
        return Collection(
            element=pair,
            loads_data=self.loads_data(of),
            literal=isinstance(of, Collection) and of.literal,
            count=of.count if isinstance(of, Collection) else None,
        )

    def library_zip(self, arguments: Arguments, *_: object) -> Value:
        elements = [self.element_of(argument) for argument in arguments]
        made = Collection(element=Collection(elements=elements, literal=True))
        made.literal = any(isinstance(a, Collection) and a.literal for a in arguments)
        made.loads_data = any(self.loads_data(a) for a in arguments)
        return made

    def library_tqdm(self, arguments: Arguments, *_: object) -> Value:
        return arguments[0] if arguments else NOTHING

    library_tqdm_tqdm = library_tqdm_auto_tqdm = library_tqdm_notebook_tqdm = (
        library_rich_progress_track
    ) = library_tqdm
    library_itertools_islice = library_itertools_cycle = library_copy_deepcopy = (
        library_copy_copy
    ) = library_tqdm
    library_track = library_typing_cast = library_tqdm

    def library_tqdm_trange(self, arguments: Arguments, *_: object) -> Value:
        return self.library_range(arguments)

    library_trange = library_tqdm_auto_trange = library_tqdm_trange

    def library_itertools_repeat(self, arguments: Arguments, *_: object) -> Value:
        return Collection(element=arguments[0] if arguments else NOTHING)

    def library_len(self, arguments: Arguments, *_: object) -> Value:
        of = arguments[0] if arguments else NOTHING
        if isinstance(of, Collection) and of.count is not None and of.literal:
            return of.count
        return Value(name="len")

    def library_vars(self, arguments: Arguments, *_: object) -> Value:
        """The attributes of an object, all as one."""
        parts = list(arguments[0].parts.values()) if arguments else []
        held = [part for part in parts if isinstance(part, Collection)]
        merged = Collection(element=next((part.element for part in held if part.element), None))
        merged.regions = {region for part in held for region in part.regions}
        return Collection(element=merged, literal=True)

    def library_map(self, arguments: Arguments, keywords: Keywords, node: ast.expr) -> Value:
        if len(arguments) < 2:
            return NOTHING
        element = self.call_value(arguments[0], [self.element_of(arguments[1])], {}, node)
        return Collection(element=element, regions=regions_of(element))

    def library_bool(self, arguments: Arguments, keywords: Keywords, node: ast.expr) -> Value:
        for value in arguments:
            if isinstance(value, Tensor) and value.output and self.on_device(value):
                self.act(Kind.COPY_OUT, node)
        return NOTHING

    library_int = library_bool
