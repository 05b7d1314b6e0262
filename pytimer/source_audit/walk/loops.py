"""Loops and comprehensions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager

from pytimer.source_audit.walk.assignments import Assignments
from pytimer.source_audit.walk.trace import Kind, Loop
from pytimer.source_audit.walk.values import (
    NOTHING,
    Collection,
    Constant,
    Duration,
    Event,
    Rate,
    Reading,
    Tensor,
    Value,
)

MOST_CHOICES = 6


class Loops(Assignments):
    """Executes loops once, knowing what they change each time."""

    def do_for(self, node: ast.For | ast.AsyncFor) -> None:
        over = self.evaluate(node.iter)
        with self.looping(node, over) as loop:
            for element in self.choices(over):
                self.assign(node.target, self.varying(element, loop), node)
                self.execute(node.body)
        self.execute(node.orelse)

    def choices(self, over: Value) -> list[Value]:
        """What a loop goes through: one by one where they are written out, else one for all."""
        written_out = over.elements if isinstance(over, Collection) and over.literal else []
        if all(isinstance(element, Constant) for element in written_out):
            return [self.element_of(over)]
        return written_out[:MOST_CHOICES]

    do_asyncfor = do_for

    def do_while(self, node: ast.While) -> None:
        self.evaluate(node.test)
        with self.looping(node, NOTHING):
            self.execute(node.body)
        self.execute(node.orelse)

    @contextmanager
    def looping(self, node: ast.AST, over: Value) -> Iterator[Loop]:
        count = over.count if isinstance(over, Collection) else None
        number = count.constant if isinstance(count, Constant) else None
        loop = Loop(
            count=number if isinstance(number, int) else None,
            over_data=self.loads_data(over),
            over_choices=isinstance(over, Collection) and over.literal,
            over_numbers=over.name == "range",
        )
        self.trace.loops.append(loop)
        with self.having(loops=(*self.loops, loop), over=[*self.over, over]):
            loop.position = self.act(Kind.LOOP, node)
            yield loop

    @contextmanager
    def in_generators(self, generators: list[ast.comprehension]) -> Iterator[None]:
        if not generators:
            yield
            return
        first, *rest = generators
        over = self.evaluate(first.iter)
        with (
            self.having(scopes=(*self.scopes, {})),
            self.looping(first.iter, over) as loop,
        ):
            element = self.varying(self.element_of(over), loop)
            self.assign(first.target, element, ast.Pass(lineno=first.iter.lineno))
            for test in first.ifs:
                self.evaluate(test)
            with self.in_generators(rest):
                yield

    def element_of(self, value: Value) -> Value:
        if isinstance(value, Collection):
            if value.element is not None:
                return value.element
            if value.loads_data:
                return Value(name="batch")
            return Value(name="item", gpu=value.gpu)
        if isinstance(value, Duration | Rate | Tensor):
            return value
        if self.loads_data(value):
            return Value(name="batch")
        return Value(name="item", gpu=value.gpu, varies=value.varies)

    def varying(self, value: Value, loop: Loop) -> Value:
        """A value that the loop makes another one each time."""
        if isinstance(value, Collection):
            for element in value.elements:
                self.varying(element, loop)
        if value is not NOTHING and not isinstance(value, Duration | Rate | Reading | Event):
            if isinstance(value, Constant):
                return Value(name="choice", varies=frozenset({loop}), gpu=value.gpu)
            value.varies |= {loop}
        return value
