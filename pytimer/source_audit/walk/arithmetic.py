"""Arithmetic with times and rates: which unit they are in, and what is divided by what."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import Any

from pytimer.source_audit.walk.machine import regions_of
from pytimer.source_audit.walk.texts import Texts
from pytimer.source_audit.walk.trace import Clock, Kind
from pytimer.source_audit.walk.units import is_positive, is_scale, nearest_scale
from pytimer.source_audit.walk.values import (
    NOTHING,
    Collection,
    Constant,
    Duration,
    Product,
    Rate,
    Reading,
    Tensor,
    Value,
)


class Arithmetic(Texts):
    """Evaluates binary operations."""

    def visit_binop(self, node: ast.BinOp) -> Value:
        left = array_element(self.evaluate(node.left))
        right = array_element(self.evaluate(node.right))
        match node.op, left, right:
            case ast.Sub(), Reading(), Reading():
                return self.between(right, left)
            case ast.Mult(), Reading(), Constant() if is_scale(right.constant):
                return self.scaled_reading(left, float(right.constant))
            case ast.Div() | ast.FloorDiv(), Reading(), Constant() if is_scale(right.constant):
                return self.scaled_reading(left, 1 / float(right.constant))
            case ((ast.Add() | ast.Sub()), Duration(), Duration()):
                return self.added(left, right)
            case ((ast.Mult() | ast.Div() | ast.FloorDiv()), Duration(), Duration()):
                return NOTHING
            case ((ast.Mult() | ast.Div() | ast.FloorDiv()), Duration(), Rate()):
                return NOTHING
            case ast.Mult(), Duration(), _:
                return self.multiplied(left, node.right, right, node)
            case ast.Mult(), _, Duration():
                return self.multiplied(right, node.left, left, node)
            case ((ast.Div() | ast.FloorDiv()), Duration(), _):
                return self.divided(left, node.right, right, node)
            case ast.Div(), _, Duration():
                return self.rate(node, left, right)
            case ast.Mult(), Rate(), _:
                return self.rate_times(left, node.right, right)
            case ast.Mult(), _, Rate():
                return self.rate_times(right, node.left, left)
            case ast.Div(), Rate(), _:
                if left.summed:
                    self.trace.means_of_rates.append((left, node.lineno))
                return left
            case ast.Add(), Rate(), _:
                return left
            case ast.Add(), _, Rate():
                return right
            case ast.Mod(), Constant(constant=str()), _:
                return self.formatted(left.constant, right, node)
            case ((ast.Add() | ast.Sub()), Duration(), _):
                return left
            case ((ast.Add() | ast.Sub()), _, Duration()):
                return right
        return self.plain_arithmetic(node, left, right)

    def plain_arithmetic(self, node: ast.BinOp, left: Value, right: Value) -> Value:
        varies = left.varies | right.varies
        if isinstance(left, Constant) and isinstance(right, Constant):
            number = _computed(node.op, left.constant, right.constant)
            if number is not None:
                is_product = isinstance(node.op, ast.Mult)
                factors = (*factors_of(node.left, left), *factors_of(node.right, right))
                return Constant(
                    constant=number, varies=varies, factors=factors if is_product else ()
                )
        if isinstance(left, Tensor) or isinstance(right, Tensor):
            if self.on_device(left, right):
                self.act(Kind.WORK, node, on_device=True, inputs_vary=varies)
            gpu = True if True in (left.gpu, right.gpu) else left.gpu
            return Tensor(gpu=gpu, varies=varies, output=True)
        if isinstance(node.op, ast.Mult):
            if isinstance(left, Collection) or isinstance(right, Collection):
                return left if isinstance(left, Collection) else right
            return Product(
                factors=(*factors_of(node.left, left), *factors_of(node.right, right)),
                varies=varies,
            )
        if isinstance(node.op, ast.Add) and isinstance(left, Collection):
            return left
        return Value(varies=varies)

    def between(self, start: Reading, stop: Reading) -> Duration:
        region = self.region(Clock.HOST, start.position, stop.position)
        units = frozenset({stop.per_second, start.per_second})
        return Duration(region=region, units=units)

    def scaled_reading(self, reading: Reading, factor: float) -> Reading:
        return replace(reading, per_second=reading.per_second * factor)

    def added(self, left: Duration, right: Duration) -> Duration:
        return replace(left, others=left.others | right.others | {right.region})

    def multiplied(
        self, duration: Duration, node: ast.expr, by: Value, whole: ast.BinOp
    ) -> Duration:
        if isinstance(by, Constant) and _converts(node) and is_positive(by.constant):
            return self.converted(duration, float(by.constant), whole)
        return self.of_unknown_unit(duration, node)

    def divided(self, duration: Duration, node: ast.expr, by: Value, whole: ast.BinOp) -> Duration:
        if isinstance(by, Constant) and _converts(node) and is_positive(by.constant):
            return self.converted(duration, 1 / float(by.constant), whole)
        return self.of_unknown_unit(duration, node)

    def of_unknown_unit(self, duration: Duration, node: ast.expr) -> Duration:
        """Times what is named for a unit but not known, such as an imported constant."""
        if isinstance(node, ast.Name | ast.Attribute) and _converts(node):
            return replace(duration, units=frozenset())
        return duration

    def converted(self, duration: Duration, factor: float, node: ast.BinOp) -> Duration:
        """Times a number: a conversion, a mean over the turns of a loop, or both at once."""
        counts = {1, *(loop.count for loop in self.trace.loops if is_positive(loop.count))}
        scales = {s for count in counts if (s := nearest_scale(factor * count)) is not None}
        if scales == {1.0}:
            return duration
        units = frozenset(unit * scale for unit in duration.units for scale in scales)
        return replace(duration, units=units, conversion=node.lineno)

    def rate(self, node: ast.BinOp, numerator: Value, duration: Duration) -> Rate:
        factors = factors_of(node.left, numerator)
        units = duration.units
        for expression, factor in factors:
            if isinstance(factor, Constant) and is_scale(factor.constant) and factor.constant > 1:
                by = float(factor.constant)
                converted = frozenset(unit / by for unit in units)
                counted = any(loop.count == by for loop in self.trace.loops)
                literal = isinstance(expression, ast.Constant)
                units = converted if literal and not counted else units | converted
        if not isinstance(numerator, Duration):
            for region in regions_of(duration):
                region.rated = True
        made = Rate(duration=duration, factors=factors, units=units, line=node.lineno)
        self.trace.rates.append(made)
        return made

    def rate_times(self, rate: Rate, node: ast.expr, by: Value) -> Rate:
        if isinstance(by, Constant) and is_scale(by.constant) and _converts(node):
            rate.units = frozenset(unit / float(by.constant) for unit in rate.units)
        else:
            rate.factors += factors_of(node, by)
        return rate


def array_element(value: Value) -> Value:
    """For arithmetic: an array of times counts as one of them."""
    if isinstance(value, Collection) and isinstance(value.element, Duration | Rate):
        return value.element
    return value


def factors_of(node: ast.expr, value: Value) -> tuple[tuple[ast.expr, Value], ...]:
    """The factors of a product; a value that is none is its own."""
    if isinstance(value, Product | Constant) and value.factors:
        return value.factors
    return ((node, value),)


def _converts(node: ast.expr) -> bool:
    """Whether a factor is written as a number, or named for a unit, rather than for a count."""
    if isinstance(node, ast.Name | ast.Attribute):
        name = node.id if isinstance(node, ast.Name) else node.attr
        return any(word in name.lower() for word in ("ms", "milli", "micro", "nano", "_us", "_ns"))
    return True


def _computed(operator: ast.operator, left: Any, right: Any) -> int | float | None:
    if not (isinstance(left, int | float) and isinstance(right, int | float)):
        return None
    try:
        match operator:
            case ast.Add():
                return left + right
            case ast.Sub():
                return left - right
            case ast.Mult():
                return left * right
            case ast.Div():
                return left / right
            case ast.FloorDiv():
                return left // right
            case ast.Pow() if abs(right) <= 12 and abs(left) <= 1000:
                power: int | float = left**right
                return power
    except (ArithmeticError, TypeError):
        pass
    return None
