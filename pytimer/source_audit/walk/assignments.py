"""Assignments: what a name, an attribute or an item stands for."""

from __future__ import annotations

import ast
from dataclasses import replace

from pytimer.source_audit.walk.machine import regions_of
from pytimer.source_audit.walk.methods import Methods
from pytimer.source_audit.walk.values import (
    NO_GRAD,
    NOTHING,
    Collection,
    Constant,
    Duration,
    Event,
    Network,
    Rate,
    Reading,
    Value,
    another,
)


class Assignments(Methods):
    """Executes assignments."""

    def do_assign(self, node: ast.Assign) -> None:
        value = self.evaluate(node.value)
        for target in node.targets:
            self.assign(target, value, node)

    def do_annassign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.assign(node.target, self.evaluate(node.value), node)

    def do_augassign(self, node: ast.AugAssign) -> None:
        before = self.evaluate(node.target)
        value = self.evaluate(node.value)
        self.keep(value, node.target)
        if isinstance(node.op, ast.Add):
            if isinstance(value, Duration):
                others = value.others | frozenset(regions_of(before))
                self.assign(node.target, replace(value, others=others, summed=True), node)
                return
            if isinstance(value, Rate):
                value.summed = True
                self.assign(node.target, value, node)
                return
            if isinstance(before, Collection) and isinstance(value, Collection):
                before.element = value.element or before.element
                before.regions |= value.regions
                return
        if isinstance(before, Duration | Rate):
            made = ast.BinOp(node.target, node.op, node.value)
            ast.copy_location(made, node)
            self.assign(node.target, self.evaluate(made), node)
        elif isinstance(before, Constant):
            self.assign(node.target, Value(name="number"), node)

    def assign(self, target: ast.expr, value: Value, node: ast.stmt) -> None:
        match target:
            case ast.Name():
                self.note_name(value, target.id)
                self.store(target.id, value)
                self.label(value, target.id, node.lineno)
            case ast.Attribute():
                base = self.evaluate(target.value)
                if target.attr == "requires_grad" and isinstance(value, Constant):
                    owner = base.parts.get("owner")
                    if isinstance(owner, Network):
                        owner.records_gradients = bool(value.constant)
                base.parts[target.attr] = value
                self.note_name(value, target.attr)
                self.use(value)
                self.label(value, target.attr, node.lineno)
            case ast.Subscript():
                self.assign_item(target, value, node)
            case ast.Tuple() | ast.List():
                parts = value.elements if isinstance(value, Collection) and value.elements else []
                for position, element in enumerate(target.elts):
                    if isinstance(element, ast.Starred):
                        self.assign(element.value, value, node)
                    elif position < len(parts):
                        self.assign(element, parts[position], node)
                    else:
                        self.assign(element, another(self.element_of(value)), node)

    def note_name(self, value: Value, name: str) -> None:
        """A value of which little is known goes by the name of what it is assigned to."""
        if value not in (NOTHING, NO_GRAD) and (not value.name or type(value) is Value):
            value.name = name

    def store(self, name: str, value: Value) -> None:
        scope = self.scopes[-1]
        if name in self.outer_names.get(id(scope), ()):
            for outer in reversed(self.scopes[:-1]):
                if name in outer:
                    scope = outer
                    break
            else:
                scope = self.scopes[1]
        before = scope.get(name)
        begins_anew = isinstance(value, Collection) and value.element is None and not value.regions
        if isinstance(before, Collection) and begins_anew:
            self.drop_first(before)
        scope[name] = value

    def rebind(self, target: ast.expr, value: Value) -> None:
        if isinstance(target, ast.Name):
            self.store(target.id, value)
        elif isinstance(target, ast.Attribute):
            self.evaluate(target.value).parts[target.attr] = value

    def assign_item(self, target: ast.Subscript, value: Value, node: ast.stmt) -> None:
        base = self.evaluate(target.value)
        index = self.evaluate(target.slice)
        self.use(value, kept=not isinstance(index, Constant) and index.name == "index")
        if isinstance(base, Collection):
            base.element = value if type(value) is not Constant else base.element
            base.regions |= regions_of(value)
            if isinstance(index, Constant):
                base.by_key[index.constant] = value
                if isinstance(index.constant, str):
                    self.label(value, index.constant, node.lineno)
        elif isinstance(value, Duration | Rate | Reading | Event):
            made = Collection(element=value, regions=regions_of(value))
            self.rebind(target.value, made)
        elif isinstance(index, Constant) and isinstance(index.constant, str):
            base.parts[index.constant] = value
        name = target.value
        self.label(
            value, getattr(name, "id", None) or getattr(name, "attr", None) or "", node.lineno
        )

    def do_global(self, node: ast.Global | ast.Nonlocal) -> None:
        self.outer_names.setdefault(id(self.scopes[-1]), set()).update(node.names)

    do_nonlocal = do_global

    def do_delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            if isinstance(target, ast.Subscript):
                base = self.evaluate(target.value)
                if isinstance(base, Collection):
                    self.drop_first(base)
