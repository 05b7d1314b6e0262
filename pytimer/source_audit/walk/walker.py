"""Walks through a program in the order in which it would run, without running it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

from pytimer.source_audit.walk import names
from pytimer.source_audit.walk.contexts import Contexts
from pytimer.source_audit.walk.machine import StepsExceededError
from pytimer.source_audit.walk.trace import Kind, Trace
from pytimer.source_audit.walk.values import (
    NO_GRAD,
    NOTHING,
    Class,
    Context,
    Event,
    Function,
    Instance,
    Network,
    Reference,
    Scope,
    Value,
)

ALIASES = {
    "np": "numpy",
    "pd": "pandas",
    "nn": "torch.nn",
    "F": "torch.nn.functional",
    "models": "torchvision.models",
    "perf_counter": "time.perf_counter",
    "perf_counter_ns": "time.perf_counter_ns",
    "default_timer": "timeit.default_timer",
}
"""What names mean that a notebook or a forum post uses without importing them."""

JUMPS = (ast.Return, ast.Raise, ast.Continue, ast.Break)


def walk(tree: ast.Module, text: str) -> Trace:
    """What a program does, with the functions that nothing calls walked through after it."""
    walker = Walker(text)
    try:
        walker.execute(tree.body)
        walker.walk_uncalled(tree)
    except StepsExceededError:
        pass
    return walker.trace


class Walker(Contexts):
    """Executes statements."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.scopes = ({name: Reference(path=path) for name, path in ALIASES.items()}, {})

    def execute(self, body: list[ast.stmt]) -> None:
        host = self.on_host
        try:
            for statement in body:
                self.step()
                visit: Callable[[Any], None] | None = getattr(
                    self, f"do_{type(statement).__name__.lower()}", None
                )
                if visit is not None:
                    visit(statement)
        finally:
            self.on_host = host

    # Functions that nothing calls

    def walk_uncalled(self, tree: ast.Module) -> None:
        """As they might be called; those of a class on one object, in their order."""
        self.called = False
        for statement in all_statements(tree):
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                function = self.look_up(statement.name)
                if isinstance(function, Function) and function.node is statement:
                    self.walk_function(function)
            elif isinstance(statement, ast.ClassDef):
                of = self.look_up(statement.name)
                if isinstance(of, Class):
                    self.walk_class(of)

    def walk_function(self, function: Function) -> None:
        if function.node in self.walked or isinstance(function.node, ast.Lambda):
            return
        by_a_runner = function.name.startswith("test_") or function.name == "main"
        with self.having(called=by_a_runner):
            result = self.call_function(function, (), {}, function.node)
        self.use(result)
        if isinstance(result, Function):
            self.walk_function(result)

    def walk_class(self, of: Class) -> None:
        methods = [m for m in of.members.values() if isinstance(m, Function)]
        if all(method.node in self.walked for method in methods if method.name != "__init__"):
            return
        made: Value = Instance(of=of, name=of.name)
        if self.is_module(of):
            made = Network(name=of.name, gpu=None, parts={"class": of})
        for method in methods:
            if method.name == "__init__":
                self.walk_method(self.bind(method, made))
        for method in methods:
            if method.node not in self.walked:
                if names.CALLED_AFTER_WORK.match(method.name) and self.on_device(Value(gpu=None)):
                    self.act(Kind.WORK, method.node, on_device=True)
                self.walk_method(self.bind(method, made))

    def walk_method(self, function: Function) -> None:
        result = self.call_function(function, (), {}, function.node)
        if isinstance(result, Context):
            self.in_generator(result, None, lambda: None)
        else:
            self.use(result)

    # Results of functions

    def result_of(self, body: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> Value:
        if isinstance(body, ast.Lambda):
            return self.evaluate(body.body)
        with self.having(returned=[]):
            self.execute(body.body)
            result = self.best(self.returned) if self.returned else NOTHING
        self.label(result, body.name, body.lineno)
        return result

    def yielded(self, value: Value) -> Value:
        self.use(value)
        if self.on_yield is not None:
            self.on_yield(value)
        return NOTHING

    # Imports

    def do_import(self, node: ast.Import) -> None:
        for alias in node.names:
            bound = alias.asname or alias.name.split(".")[0]
            path = alias.name if alias.asname else bound
            self.scopes[-1][bound] = Reference(path=path, name=bound)

    def do_importfrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            bound = alias.asname or alias.name
            path = f"{node.module}.{alias.name}" if node.module else alias.name
            self.scopes[-1][bound] = Reference(path=path, name=alias.name)

    # Definitions

    def do_functiondef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        function = Function(name=node.name, node=node, scopes=self.scopes)
        value: Value = function
        for decorator in reversed(node.decorator_list):
            value = self.decorated(value, decorator)
        self.scopes[-1][node.name] = value

    do_asyncfunctiondef = do_functiondef

    def decorated(self, value: Value, node: ast.expr) -> Value:
        callee = node.func if isinstance(node, ast.Call) else node
        path = self.dotted(callee) or ""
        if isinstance(value, Function):
            if path in names.SETS_GRAD_OFF:
                value.no_grad = True
            elif path.endswith("contextmanager"):
                value.generator_context = True
            elif path.endswith("property"):
                value.is_property = True
            elif path == "staticmethod":
                value.is_static = True
            elif path in names.COMPILERS:
                return Network(name=value.name, gpu=None, compiled=True, parts={"function": value})
        decorator = self.evaluate(node)
        if isinstance(decorator, Function | Instance):
            made = self.call_value(decorator, [value], {}, node)
            if isinstance(made, Function | Instance):
                return made
        return value

    def do_classdef(self, node: ast.ClassDef) -> None:
        bases = tuple(self.evaluate(base) for base in node.bases)
        members: Scope = {}
        with self.having(scopes=(*self.scopes, members)):
            self.execute(node.body)
        outer = self.scopes
        for member in members.values():
            if isinstance(member, Function):
                member.scopes = outer
        self.scopes[-1][node.name] = Class(
            name=node.name, node=node, scopes=self.scopes, members=members, bases=bases
        )

    def do_return(self, node: ast.Return) -> None:
        with self.having(discarding=node.value if self.result_discarded else None):
            value = self.evaluate(node.value)
        if type(value) is not Value or not self.returned:
            self.returned.append(value)

    # Expressions as statements

    def do_expr(self, node: ast.Expr) -> None:
        with self.having(discarding=node.value):
            value = self.evaluate(node.value)
        if isinstance(node.value, ast.Call) and value is NO_GRAD:
            self.gradients = False
        if isinstance(node.value, ast.Attribute) and node.value.attr == "record":
            event = self.evaluate(node.value.value)
            if isinstance(event, Event):
                self.trace.bare_records.append(node.lineno)
                event.escaped = True

    def do_assert(self, node: ast.Assert) -> None:
        with self.having(asserting=True):
            self.evaluate(node.test)

    def do_raise(self, node: ast.Raise) -> None:
        self.evaluate(node.exc)

    # Branches

    def do_if(self, node: ast.If) -> None:
        kind = self.kind_of_test(node.test)
        leaves = isinstance(node.body[-1], JUMPS)
        with self.having(steering=any(isinstance(part, ast.Break) for part in node.body)):
            self.evaluate(node.test)
        if kind == "first" and self.loops:
            left = node.test.left if isinstance(node.test, ast.Compare) else None
            for loop in self.evaluate(left).varies or self.loops[-1:]:
                loop.skips_first = True
        with self.having(on_host=self.on_host or kind == "host"):
            self.execute(node.body)
        with self.having(on_host=self.on_host or kind == "gpu"):
            self.execute(node.orelse)
        if kind == "gpu" and leaves and not isinstance(node.body[-1], ast.Raise):
            self.on_host = True

    def kind_of_test(self, test: ast.expr) -> str:
        """Whether a branch is for a GPU, for the host, or for the first calls of a loop."""
        text = ast.unparse(test)
        if isinstance(test, ast.Compare) and isinstance(test.left, ast.Name):
            value = self.look_up(test.left.id)
            others = " ".join(ast.unparse(other) for other in test.comparators)
            if (value.counter or names.WARM_UP_NAME.search(others)) and isinstance(
                test.ops[0], ast.Lt | ast.LtE | ast.Gt | ast.GtE | ast.Eq | ast.NotEq
            ):
                return "first"
        if self.loops and names.WARM_UP_NAME.search(text):
            return "first"
        if names.CPU_TEST.search(text):
            return "gpu" if names.NEGATED.search(text) else "host"
        if names.GPU_TEST.search(text):
            return "host" if names.NEGATED.search(text) else "gpu"
        return ""

    def do_match(self, node: ast.Match) -> None:
        self.evaluate(node.subject)
        for case in node.cases:
            self.execute(case.body)

    def do_try(self, node: ast.Try) -> None:
        self.execute(node.body)
        for handler in node.handlers:
            self.execute(handler.body)
        self.execute(node.orelse)
        self.execute(node.finalbody)

    do_trystar = do_try


def all_statements(tree: ast.AST) -> Iterator[ast.stmt]:
    """The statements of a module, with those inside its branches."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.stmt):
            yield node
            if isinstance(node, ast.If | ast.Try | ast.With):
                yield from all_statements(node)
