"""With statements: gradients off, graph capture, timers of this file."""

from __future__ import annotations

import ast
from collections.abc import Callable

from pytimer.source_audit.walk import names
from pytimer.source_audit.walk.loops import Loops
from pytimer.source_audit.walk.trace import Kind
from pytimer.source_audit.walk.values import NO_GRAD, NOTHING, Context, Function, Instance, Value


class Contexts(Loops):
    """Executes with statements."""

    def do_with(self, node: ast.With | ast.AsyncWith) -> None:
        self.enter(list(node.items), node)

    do_asyncwith = do_with

    def enter(self, items: list[ast.withitem], node: ast.With | ast.AsyncWith) -> None:
        if not items:
            self.execute(node.body)
            return
        item, *rest = items

        def go_on() -> None:
            self.enter(rest, node)

        context = self.evaluate(item.context_expr)
        target = item.optional_vars
        if context is NO_GRAD:
            with self.having(gradients=False):
                go_on()
        elif self.dotted_call(item.context_expr) in names.GRAPH_CAPTURE:
            self.act(Kind.COMPILE, item.context_expr)
            with self.having(capturing=True):
                go_on()
        elif isinstance(context, Context):
            self.in_generator(context, target, go_on)
        elif isinstance(context, Instance):
            self.in_instance(context, target, item, go_on)
        else:
            if target is not None:
                self.assign(target, context, node)
            go_on()

    def in_instance(
        self,
        context: Instance,
        target: ast.expr | None,
        item: ast.withitem,
        go_on: Callable[[], None],
    ) -> None:
        enter = self.member(context.of, "__enter__") or self.member(context.of, "__aenter__")
        leave = self.member(context.of, "__exit__") or self.member(context.of, "__aexit__")
        entered: Value = context
        if isinstance(enter, Function):
            entered = self.call_function(self.bind(enter, context), (), {}, item.context_expr)
        if target is not None:
            self.assign(target, entered, ast.Pass(lineno=item.context_expr.lineno))
        go_on()
        if isinstance(leave, Function):
            self.call_function(
                self.bind(leave, context), (NOTHING, NOTHING, NOTHING), {}, item.context_expr
            )

    def in_generator(
        self, context: Context, target: ast.expr | None, go_on: Callable[[], None]
    ) -> None:
        """Runs the body of a with statement where a generator yields."""
        function = context.function
        outside = {
            name: getattr(self, name)
            for name in ("scopes", "on_yield", "returned", "gradients", "on_host")
        }

        def body(value: Value) -> None:
            with self.having(**outside):
                if target is not None:
                    self.assign(target, value, ast.Pass(lineno=0))
                go_on()

        if function.node in self.active:
            go_on()
            return
        scope = self.bound_scope(function, context.arguments, context.keywords)
        with self.having(
            scopes=(*function.scopes, scope),
            active=[*self.active, function.node],
            on_yield=body,
            returned=[],
            gradients=self.gradients and not function.no_grad,
        ):
            self.walked.add(function.node)
            assert not isinstance(function.node, ast.Lambda)
            self.execute(function.node.body)

    def dotted_call(self, node: ast.expr) -> str | None:
        return self.dotted(node.func) if isinstance(node, ast.Call) else None
