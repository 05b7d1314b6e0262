"""Tools that time by themselves: timeit, torch's Timer, triton's do_bench."""

from __future__ import annotations

import ast
from dataclasses import replace

from pytimer.source_audit.walk.calls import Calls
from pytimer.source_audit.walk.machine import regions_of
from pytimer.source_audit.walk.trace import Clock, Kind
from pytimer.source_audit.walk.values import (
    NOTHING,
    Arguments,
    Collection,
    Duration,
    Keywords,
    Timer,
    Value,
    is_constant,
    text_in,
)


class TimingTools(Calls):
    """Evaluates calls of tools that call, and time, what they are given."""

    def timed_by_tool(
        self,
        what: Value,
        node: ast.expr,
        variables: Value,
        *,
        synchronises: bool,
        count: Value | None = None,
    ) -> Duration:
        """A tool calls a callable, or runs a text, and times it."""
        start = self.act(Kind.CLOCK, node)
        text = text_in(what)
        if text is not None:
            self.run_text(text, node, variables)
        else:
            self.call_value(what, (), {}, node)
        if synchronises:
            self.act(Kind.WAIT, node)
        stop = self.act(Kind.CLOCK, node)
        clock = Clock.TOOL if synchronises else Clock.HOST
        region = self.region(clock, start, stop, None if text is None else node.lineno)
        region.repeated = not (count is not None and is_constant(count, 1))
        region.kept = region.repeated
        region.reported = synchronises
        return Duration(region=region, units=frozenset({1.0}))

    def run_text(self, text: str, node: ast.expr, variables: Value) -> None:
        """Walks through a statement given as text, as if it stood at a node."""
        try:
            tree = ast.parse(text)
        except SyntaxError:
            return
        for part in ast.walk(tree):
            if hasattr(part, "lineno"):
                part.lineno = node.lineno
        scope = dict(variables.by_key) if isinstance(variables, Collection) else {}
        with self.having(scopes=(*self.scopes, scope)):
            self.execute(tree.body)

    def library_timeit_timeit(
        self, arguments: Arguments, keywords: Keywords, node: ast.expr
    ) -> Value:
        what = arguments[0] if arguments else keywords.get("stmt", NOTHING)
        count = keywords.get("number", arguments[3] if len(arguments) > 3 else None)
        repeat = keywords.get("repeat")
        setup = text_in(keywords.get("setup", NOTHING))
        variables = keywords.get("globals", NOTHING)
        if setup:
            self.run_text(setup, node, variables)
        if count is not None and repeat is not None and is_constant(count, 1):
            count = repeat
        return self.timed_by_tool(what, node, variables, synchronises=False, count=count)

    def library_timeit_repeat(
        self, arguments: Arguments, keywords: Keywords, node: ast.expr
    ) -> Value:
        duration = self.library_timeit_timeit(arguments, keywords, node)
        return Collection(element=duration, regions=regions_of(duration))

    def library_timeit_timer(
        self, arguments: Arguments, keywords: Keywords, node: ast.expr
    ) -> Timer:
        return Timer(
            statement=arguments[0] if arguments else keywords.get("stmt", NOTHING),
            variables=keywords.get("globals", NOTHING),
            synchronises=False,
            node=node,
        )

    def library_torch_utils_benchmark_timer(
        self, arguments: Arguments, keywords: Keywords, node: ast.expr
    ) -> Value:
        timer = self.library_timeit_timer(arguments, keywords, node)
        return replace(timer, synchronises=True)

    def timer_method(
        self, timer: Timer, method: str, arguments: Arguments, keywords: Keywords, node: ast.expr
    ) -> Value:
        count = keywords.get("number", arguments[0] if arguments else None)
        if not timer.synchronises:
            return self.timed_by_tool(
                timer.statement,
                node,
                timer.variables,
                synchronises=False,
                count=None if method == "repeat" else count,
            )
        duration = self.timed_by_tool(
            timer.statement, timer.node, timer.variables, synchronises=True
        )
        if method == "timeit" and count is not None and is_constant(count, 1):
            duration.region.repeated = False
            duration.region.start_line = getattr(node, "lineno", 0)
        return Value(
            name="measurement",
            parts=dict.fromkeys(("mean", "median", "raw_times", "times", "iqr"), duration),
        )

    def library_triton_testing_do_bench(
        self, arguments: Arguments, keywords: Keywords, node: ast.expr
    ) -> Value:
        what = arguments[0] if arguments else keywords.get("fn", NOTHING)
        duration = self.timed_by_tool(what, node, NOTHING, synchronises=True)
        return replace(duration, units=frozenset({1e3}))

    library_triton_testing_do_bench_cudagraph = library_triton_testing_do_bench
