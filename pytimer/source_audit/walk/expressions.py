"""What expressions are worth."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from pytimer.source_audit.walk.arithmetic import Arithmetic
from pytimer.source_audit.walk.machine import regions_of
from pytimer.source_audit.walk.names import GPU_WORD
from pytimer.source_audit.walk.trace import Clock
from pytimer.source_audit.walk.values import (
    NOTHING,
    Class,
    Collection,
    Constant,
    Duration,
    Function,
    Instance,
    Network,
    Place,
    Rate,
    Reference,
    Tensor,
    Value,
    another,
)


class Expressions(Arithmetic):
    """Evaluates expressions; calls are evaluated by a class above."""

    def evaluate(self, node: ast.expr | None) -> Value:
        if node is None:
            return NOTHING
        self.step()
        visit: Callable[[Any], Value] | None = getattr(
            self, f"visit_{type(node).__name__.lower()}", None
        )
        if visit is not None:
            return visit(node)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.evaluate(child)
        return NOTHING

    # Names and constants

    def visit_constant(self, node: ast.Constant) -> Value:
        text = node.value if isinstance(node.value, str) else ""
        return Constant(constant=node.value, gpu=bool(GPU_WORD.search(f'"{text}"')))

    def visit_name(self, node: ast.Name) -> Value:
        return self.look_up(node.id)

    def visit_attribute(self, node: ast.Attribute) -> Value:
        return self.attribute(self.evaluate(node.value), node.attr, node)

    def attribute(self, base: Value, name: str, node: ast.expr) -> Value:
        if name in base.parts:
            part = base.parts[name]
            if isinstance(part, Function) and part.bound is base and part.is_property:
                return self.call_value(part, (), {}, node)
            return part
        match base:
            case Reference():
                return Reference(path=f"{base.path}.{name}", name=name)
            case Instance():
                member = self.member(base.of, name)
                if isinstance(member, Function):
                    bound = self.bind(member, base)
                    if member.is_property:
                        return self.call_value(bound, (), {}, node)
                    return bound
                if member is not None:
                    return member
            case Class():
                member = self.member(base, name)
                if member is not None:
                    return member
            case Tensor() if name in ("shape", "T", "mT", "data", "logits", "H"):
                if name == "shape":
                    return Collection(elements=list(base.sizes), literal=True)
                return base
            case Duration() if name in ("T", "real"):
                return base
        part = Value(name=name, gpu=base.gpu, varies=base.varies)
        if isinstance(base, Network):
            part.gpu = base.gpu
        base.parts[name] = part
        return part

    def member(self, of: Class, name: str) -> Value | None:
        if name in of.members:
            return of.members[name]
        for base in of.bases:
            if isinstance(base, Class) and (found := self.member(base, name)) is not None:
                return found
        return None

    def bind(self, function: Function, to: Value) -> Function:
        return replace(function, bound=None if function.is_static else to)

    # Collections

    def _display(self, node: ast.Tuple | ast.List | ast.Set) -> Collection:
        elements = [self.evaluate(element) for element in node.elts]
        return self.collection(elements, literal=bool(elements))

    visit_tuple = visit_list = visit_set = _display

    def collection(self, elements: list[Value], *, literal: bool = False) -> Collection:
        made = Collection(
            elements=elements,
            literal=literal,
            element=elements[0] if elements else None,
            count=Constant(constant=len(elements)),
            gpu=any(element.gpu is True for element in elements),
        )
        for element in elements:
            made.regions |= regions_of(element)
        return made

    def visit_dict(self, node: ast.Dict) -> Value:
        made = Collection(literal=True)
        for key, item in zip(node.keys, node.values, strict=True):
            value = self.evaluate(item)
            self.use(value)
            made.regions |= regions_of(value)
            made.gpu = made.gpu or value.gpu
            made.elements.append(value)
            if isinstance(key, ast.Constant):
                made.by_key[key.value] = value
                if isinstance(key.value, str):
                    self.label(value, key.value, item.lineno)
            elif key is not None:
                self.evaluate(key)
        made.element = made.elements[0] if made.elements else None
        return made

    def visit_subscript(self, node: ast.Subscript) -> Value:
        base = self.evaluate(node.value)
        if isinstance(node.slice, ast.Slice):
            lower = node.slice.lower
            self.evaluate(lower)
            if lower is not None and ast.unparse(lower) != "0":
                for region in regions_of(base):
                    region.skips_first = True
            if isinstance(base, Tensor):
                size = self.evaluate(node.slice.upper) if lower is None else NOTHING
                return replace(
                    base, sizes=(size, *base.sizes[1:]), varies=base.varies | size.varies
                )
            return base
        index = self.evaluate(node.slice)
        key = index.constant if isinstance(index, Constant) else None
        match base:
            case Collection():
                if key in base.by_key:
                    return base.by_key[key]
                if isinstance(key, int) and -len(base.elements) <= key < len(base.elements):
                    return base.elements[key]
                if base.element is not None:
                    return base.element
                return Value(gpu=base.gpu, varies=base.varies | index.varies)
            case Tensor():
                return Tensor(gpu=base.gpu, varies=base.varies | index.varies, output=base.output)
            case Duration() | Rate() | Network():
                return base
        if isinstance(key, str):
            return self.attribute(base, key, node)
        return Value(name=base.name, gpu=base.gpu, varies=base.varies | index.varies)

    def visit_starred(self, node: ast.Starred) -> Value:
        return self.evaluate(node.value)

    def visit_namedexpr(self, node: ast.NamedExpr) -> Value:
        value = self.evaluate(node.value)
        self.scopes[-1][node.target.id] = value
        self.label(value, node.target.id, node.lineno)
        return value

    def visit_lambda(self, node: ast.Lambda) -> Value:
        return Function(name="lambda", node=node, scopes=self.scopes)

    # Decisions

    def visit_compare(self, node: ast.Compare) -> Value:
        with self.having(quiet=not self.asserting):
            for side in (node.left, *node.comparators):
                value = self.evaluate(side)
                if self.asserting or any(r.clock is Clock.EVENTS for r in regions_of(value)):
                    self.use(value)
        return NOTHING

    def visit_boolop(self, node: ast.BoolOp) -> Value:
        return self.best([self.evaluate(value) for value in node.values])

    def visit_ifexp(self, node: ast.IfExp) -> Value:
        self.evaluate(node.test)
        return self.best([self.evaluate(node.body), self.evaluate(node.orelse)])

    def visit_unaryop(self, node: ast.UnaryOp) -> Value:
        value = self.evaluate(node.operand)
        number = value.constant if isinstance(value, Constant) else None
        if isinstance(node.op, ast.USub) and isinstance(number, int | float):
            return Constant(constant=-number)
        return value

    def best(self, values: Sequence[Value]) -> Value:
        """One of several that a value may be: one on the device, else the one most is known of."""
        for value in values:
            if value.gpu and isinstance(value, Constant | Place):
                return Place(gpu=True)
        known = [value for value in values if not isinstance(value, Constant)]
        for value in known:
            if type(value) is not Value:
                return value
        return (known or list(values) or [NOTHING])[0]

    # Comprehensions

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> Value:
        made = Collection()
        with self.in_generators(node.generators):
            made.element = self.evaluate(node.elt)
            made.regions = set(regions_of(made.element))
            made.gpu = made.element.gpu
            over = self.over[-1]
            made.count = over.count if isinstance(over, Collection) else None
        return made

    visit_listcomp = visit_setcomp = visit_generatorexp = _comprehension

    def visit_dictcomp(self, node: ast.DictComp) -> Value:
        made = Collection(literal=True)
        with self.in_generators(node.generators):
            over = self.over[-1]
            keys = over.elements if isinstance(over, Collection) else ()
            self.evaluate(node.key)
            made.element = self.evaluate(node.value)
            for key in keys:
                if isinstance(key, Constant):
                    made.by_key[key.constant] = another(made.element)
            made.regions = set(regions_of(made.element))
            self.use(made.element)
        return made

    def _await(self, node: ast.Await) -> Value:
        return self.evaluate(node.value)

    visit_await = _await

    def visit_yield(self, node: ast.Yield) -> Value:
        return self.yielded(self.evaluate(node.value))

    def visit_yieldfrom(self, node: ast.YieldFrom) -> Value:
        return self.yielded(self.evaluate(node.value))
