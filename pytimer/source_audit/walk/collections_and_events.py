"""Methods of lists, dictionaries and arrays, and of events."""

from __future__ import annotations

import ast

from pytimer.source_audit.walk import names
from pytimer.source_audit.walk.libraries import Libraries
from pytimer.source_audit.walk.machine import regions_of
from pytimer.source_audit.walk.trace import Clock, Elapsed, Kind
from pytimer.source_audit.walk.values import (
    MOST_ELEMENTS,
    NOTHING,
    Arguments,
    Collection,
    Constant,
    Duration,
    Event,
    Keywords,
    Tensor,
    Value,
    is_constant,
)


class CollectionsAndEvents(Libraries):
    """Evaluates methods of what times are kept in, and of what they are read from."""

    def collection_method(
        self,
        collection: Collection,
        method: str,
        arguments: Arguments,
        keywords: Keywords,
        node: ast.expr,
    ) -> Value:
        value = arguments[-1] if arguments else NOTHING
        if method in ("append", "add", "insert", "extend", "appendleft", "update"):
            element = (
                value.element if method == "extend" and isinstance(value, Collection) else value
            )
            if element is not None and type(element) is not Constant:
                collection.element = element
            if (
                collection.literal
                and method == "append"
                and len(collection.elements) < MOST_ELEMENTS
            ):
                collection.elements.append(value)
            for added in (value, *keywords.values()):
                collection.regions |= regions_of(added)
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    self.keep(added, node.func.value)
                    self.label(added, _last_name(node.func.value), node.lineno)
            return NOTHING
        if method in ("clear", "popleft") or (method == "pop" and is_constant(value, 0)):
            self.drop_first(collection)
            return collection.element or NOTHING
        if method == "pop":
            return collection.element or NOTHING
        if method == "items":
            pair = [Value(name="key"), collection.element or NOTHING]
            return Collection(
                element=Collection(elements=pair, literal=True), literal=collection.literal
            )
        if method in ("keys", "__len__", "index", "count"):
            return Collection(literal=collection.literal) if method == "keys" else NOTHING
        if method in ("get", "setdefault") and arguments:
            key = arguments[0]
            if isinstance(key, Constant) and key.constant in collection.by_key:
                return collection.by_key[key.constant]
            if method == "setdefault" and len(arguments) == 2 and collection.element is None:
                collection.element = arguments[1]
            return collection.element or NOTHING
        if method in ("to", "cuda"):
            if self.on_device(Value(gpu=True)):
                self.act(Kind.COPY_IN, node, on_device=True)
            return Tensor(gpu=True)
        if method in ("sort", "reverse", "fill"):
            return collection
        if method in names.AGGREGATING_METHODS:
            path = f"numpy.{method}"
            if path in names.AGGREGATES:
                return self.aggregate(path, [collection], node)
            return collection
        return collection.element if isinstance(collection.element, Duration) else NOTHING

    def drop_first(self, collection: Collection) -> None:
        """What was collected so far does not count."""
        for region in collection.regions:
            region.skips_first = True
        collection.regions = set()
        for part in (collection.element, *collection.by_key.values()):
            if isinstance(part, Collection):
                self.drop_first(part)

    def event_method(
        self, event: Event, method: str, arguments: Arguments, node: ast.expr
    ) -> Value:
        if method == "record":
            event.records.append(self.act(Kind.RECORD, node))
        elif method in ("synchronize", "query", "wait"):
            until = event.records[-1] if event.records else None
            self.act(Kind.WAIT, node, until=until)
        elif method == "elapsed_time" and arguments:
            return self.elapsed(event, arguments[0], node)
        return NOTHING

    def elapsed(self, start: Value, stop: Value, node: ast.expr) -> Duration:
        """What elapsed_time() returns, in milliseconds."""
        now = len(self.trace.actions)
        first = last = max(0, now - 1)
        if isinstance(start, Event) and isinstance(stop, Event):
            records = tuple(start.records), tuple(stop.records)
            self.trace.elapsed.append(Elapsed(start, stop, *records, now, node.lineno, self.loops))
            if start.records and stop.records:
                first, last = sorted((start.records[-1], stop.records[-1]))
                earlier = [p for p in start.records if p < last]
                first = earlier[-1] if earlier else first
            else:
                last = self.act(Kind.CLOCK, node)
                first = self.loops[-1].position if self.loops else last
                first = start.records[-1] if start.records else first
        elif not self.trace.actions:
            self.act(Kind.CLOCK, node)
        region = self.region(Clock.EVENTS, first, last)
        return Duration(region=region, units=frozenset({1e3}))


def _last_name(node: ast.expr) -> str:
    return getattr(node, "attr", None) or getattr(node, "id", "") or ""
