"""Texts with places for values."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from pytimer.source_audit.walk.machine import Machine, regions_of
from pytimer.source_audit.walk.trace import Kind
from pytimer.source_audit.walk.units import unit_of_text
from pytimer.source_audit.walk.values import Collection, Duration, Rate, Tensor, Value

_PLACE = re.compile(r"%[-+ #0]*\d*(?:\.\d+)?[a-zA-Z]|\{[^{}]*\}")


def printed_pieces(template: str) -> list[str]:
    """What stands before, between and behind the places of a template ("%.2f ms", "{:.2f} ms")."""
    return _PLACE.split(template)


class Texts(Machine):
    """Evaluates texts with values in them."""

    def visit_joinedstr(self, node: ast.JoinedStr) -> Value:
        texts, values = [""], []
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                values.append(self.evaluate(part.value))
                texts.append("")
            elif isinstance(part, ast.Constant):
                texts[-1] += str(part.value)
        self.say(texts, values, node)
        return Value(name="text")

    def formatted(self, text: str, values: Value, node: ast.expr) -> Value:
        parts = values.elements if isinstance(values, Collection) and values.literal else [values]
        self.say(printed_pieces(text), parts, node)
        return Value(name="text")

    def say(self, texts: list[str], values: Sequence[Value], node: ast.expr) -> None:
        """Values are written between texts."""
        for position, value in enumerate(values):
            before = texts[position] if position < len(texts) else ""
            behind = texts[position + 1] if position + 1 < len(texts) else ""
            self.use(value)
            if isinstance(value, Tensor) and value.output and self.on_device(value):
                self.act(Kind.COPY_OUT, node)
            if isinstance(value, Collection):
                value = value.element or value
            if isinstance(value, Duration | Rate):
                for region in regions_of(value):
                    region.labels.add(f"{before}{behind}")
                unit = unit_of_text(before, behind)
                near = f"{before[-40:]}|{behind[:30]}"
                self.trace.said.append((value, unit, near, node.lineno))
