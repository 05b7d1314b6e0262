"""What calls do: of functions in the file, of libraries, and of methods on what they made."""

from __future__ import annotations

import ast

from pytimer.source_audit.walk import names
from pytimer.source_audit.walk.expressions import Expressions
from pytimer.source_audit.walk.machine import MOST_CALLS_DEEP
from pytimer.source_audit.walk.trace import Kind
from pytimer.source_audit.walk.values import (
    NOTHING,
    Arguments,
    Class,
    Collection,
    Constant,
    Context,
    Duration,
    Event,
    Function,
    Instance,
    Keywords,
    Network,
    Rate,
    Reading,
    Reference,
    Scope,
    Tensor,
    Value,
    flat,
)


class Calls(Expressions):
    """Evaluates calls; library calls and methods are in classes above."""

    def visit_call(self, node: ast.Call) -> Value:
        function = node.func
        base: Value | None = None
        if isinstance(function, ast.Attribute):
            base = self.evaluate(function.value)
            callee = NOTHING
        else:
            callee = self.evaluate(function)
        arguments: list[Value] = []
        for argument in node.args:
            value = self.evaluate(argument)
            if isinstance(argument, ast.Starred) and isinstance(value, Collection):
                arguments += value.elements
            else:
                arguments.append(value)
        keywords = {}
        for keyword in node.keywords:
            value = self.evaluate(keyword.value)
            if keyword.arg is not None:
                keywords[keyword.arg] = value
                self.label(value, keyword.arg, keyword.value.lineno)
        if base is None:
            return self.call_value(callee, arguments, keywords, node)
        assert isinstance(function, ast.Attribute)
        if isinstance(base, Reference):
            path = f"{base.path}.{function.attr}"
            return self.call_path(path, arguments, keywords, node)
        return self.call_method(base, function.attr, arguments, keywords, node)

    def call_value(
        self, callee: Value, arguments: Arguments, keywords: Keywords, node: ast.expr
    ) -> Value:
        match callee:
            case Function():
                return self.call_function(callee, arguments, keywords, node)
            case Class():
                return self.construct(callee, arguments, keywords, node)
            case Instance():
                member = self.member(callee.of, "__call__")
                if isinstance(member, Function):
                    return self.call_function(self.bind(member, callee), arguments, keywords, node)
                return NOTHING
            case Network():
                return self.forward(callee, arguments, keywords, node)
            case Reference():
                return self.call_path(callee.path, arguments, callee.given | keywords, node)
            case Event() | Tensor() | Collection() | Constant() | Reading() | Duration() | Rate():
                return NOTHING
        return self.call_unknown(callee, arguments, keywords, node)

    # Functions and classes of the file

    def call_function(
        self, function: Function, arguments: Arguments, keywords: Keywords, node: ast.AST
    ) -> Value:
        body = function.node
        if body in self.active or len(self.active) >= MOST_CALLS_DEEP:
            return NOTHING
        if function.generator_context:
            return Context(function=function, arguments=arguments, keywords=keywords)
        if is_generator(body):
            return self.run_generator(function, arguments, keywords)
        scope = self.bound_scope(function, arguments, keywords)
        before = len(self.trace.actions)
        with self.having(
            scopes=(*function.scopes, scope),
            active=[*self.active, body],
            result_discarded=node is self.discarding,
            gradients=self.gradients and not function.no_grad,
        ):
            self.walked.add(body)
            result = self.result_of(body)
        if names.SYNCHRONISE.search(function.name):
            self.act(Kind.WAIT, node)
        done = self.trace.actions[before:]
        if all(action.kind in (Kind.WAIT, Kind.CLOCK) for action in done):
            for action in done:
                action.line = getattr(node, "lineno", action.line)
        return result

    def run_generator(self, function: Function, arguments: Arguments, keywords: Keywords) -> Value:
        """All of a generator at once; what it yields, as a collection."""
        yields: list[Value] = []
        scope = self.bound_scope(function, arguments, keywords)
        with self.having(
            scopes=(*function.scopes, scope),
            active=[*self.active, function.node],
            on_yield=yields.append,
        ):
            self.walked.add(function.node)
            self.result_of(function.node)
        return self.collection(yields[:1])

    def bound_scope(self, function: Function, arguments: Arguments, keywords: Keywords) -> Scope:
        """A scope with the parameters of a call, or with what defaults and annotations tell."""
        given = [*([function.bound] if function.bound is not None else ()), *function.first]
        given += arguments
        spec = function.node.args
        parameters = [*spec.posonlyargs, *spec.args]
        scope: Scope = {}
        defaults = dict(
            zip([p.arg for p in parameters[::-1]], spec.defaults[::-1], strict=False)
        ) | {p.arg: d for p, d in zip(spec.kwonlyargs, spec.kw_defaults, strict=True) if d}
        for position, parameter in enumerate((*parameters, *spec.kwonlyargs)):
            name = parameter.arg
            if position < len(given) and position < len(parameters):
                scope[name] = given[position]
            elif name in keywords:
                scope[name] = keywords[name]
            elif name in defaults:
                scope[name] = self.evaluate(defaults[name])
            else:
                scope[name] = self.unknown_parameter(parameter)
        if spec.vararg is not None:
            scope[spec.vararg.arg] = self.collection(list(given[len(parameters) :]))
        if spec.kwarg is not None:
            scope[spec.kwarg.arg] = Value(name=spec.kwarg.arg)
        return scope

    def unknown_parameter(self, parameter: ast.arg) -> Value:
        annotation = ast.unparse(parameter.annotation) if parameter.annotation else ""
        name = parameter.arg
        if annotation.endswith("Module") or (
            not annotation and names.NETWORK_NAME.match(name) is not None
        ):
            return Network(name=name, gpu=None)
        if annotation.endswith("Tensor"):
            return Tensor(name=name, gpu=None)
        return Value(name=name, gpu=None)

    def construct(
        self, of: Class, arguments: Arguments, keywords: Keywords, node: ast.expr
    ) -> Value:
        if self.is_module(of):
            return Network(
                name=of.name,
                training=True,
                has_modes=self.source_has_modes(of.node),
                parts={"class": of},
            )
        made = Instance(of=of, name=of.name)
        initialise = self.member(of, "__init__")
        if isinstance(initialise, Function):
            self.call_function(self.bind(initialise, made), arguments, keywords, node)
        else:
            for name in field_names(of.node):
                if name in of.members:
                    made.parts[name] = of.members[name]
            for name, value in (
                *zip(field_names(of.node), arguments, strict=False),
                *keywords.items(),
            ):
                made.parts[name] = value
                self.use(value)
                self.label(value, name, node.lineno)
        return made

    def is_module(self, of: Class) -> bool:
        return any(
            self.is_module(base)
            if isinstance(base, Class)
            else base.name.endswith(("Module", "PreTrainedModel"))
            for base in of.bases
        )

    def source_has_modes(self, node: ast.ClassDef) -> bool:
        """Whether a class makes a layer that differs between training and evaluation, or may."""
        if node in self.active:
            return False
        with self.having(active=[*self.active, node]):
            return any(
                self.makes_modes(part.func) for part in ast.walk(node) if isinstance(part, ast.Call)
            )

    def makes_modes(self, callee: ast.expr) -> bool:
        path = self.dotted(callee)
        if path is not None:
            return makes_module_with_modes(path)
        made = self.look_up(callee.id) if isinstance(callee, ast.Name) else NOTHING
        return isinstance(made, Class) and self.is_module(made) and self.source_has_modes(made.node)

    def dotted(self, node: ast.expr) -> str | None:
        """The path of a name, resolved by the imports; None for what is no path."""
        if isinstance(node, ast.Name):
            value = self.look_up(node.id)
            return value.path if isinstance(value, Reference) else None
        if isinstance(node, ast.Attribute) and (base := self.dotted(node.value)) is not None:
            return f"{base}.{node.attr}"
        return None

    # Calls of models

    def forward(
        self, network: Network, arguments: Arguments, keywords: Keywords, node: ast.expr
    ) -> Value:
        values = [*flat(arguments), *flat(list(keywords.values()))]
        varies = frozenset().union(network.varies, *(value.varies for value in values))
        on_device = self.on_device(network, *values)
        if self.capturing:
            return Tensor(gpu=True, output=True)
        self.run_hooks("register_forward_pre_hook", node)
        self.act(
            Kind.WORK,
            node,
            network=network,
            inputs_vary=varies,
            gradients=self.gradients and network.records_gradients,
            training=network.training is True and network.has_modes,
            on_device=on_device,
            compiles=network.compiled,
            sizes=next((v.sizes for v in values if isinstance(v, Tensor) and v.sizes), ()),
        )
        network.compiled = False
        self.run_hooks("register_forward_hook", node)
        if network.returns_host_values:
            self.act(Kind.WAIT, node)
            return Value(name="outputs")
        return Tensor(gpu=True if on_device else network.gpu, varies=varies, output=True)

    def run_hooks(self, kind: str, node: ast.expr) -> None:
        """Hooks of parts of models run in every call of any model: one stands for all."""
        for registered, function in self.hooks:
            if registered == kind and isinstance(function, Function):
                self.call_function(function, (NOTHING, NOTHING, NOTHING), {}, node)

    def call_unknown(
        self, callee: Value, arguments: Arguments, keywords: Keywords, node: ast.expr
    ) -> Value:
        name = callee.name
        values = [*flat(arguments), *flat(list(keywords.values()))]
        self.hand_over(arguments, keywords)
        if self.act_by_name(name, node):
            return NOTHING
        varies = frozenset().union(callee.varies, *(value.varies for value in values))
        if names.NETWORK_NAME.match(name) and (callee.gpu is not False or self.on_device(*values)):
            network = callee.parts.setdefault("network", Network(name=name, gpu=callee.gpu))
            if isinstance(network, Network):
                return self.forward(network, arguments, keywords, node)
        works = (
            any(
                (isinstance(v, Network) and self.on_device(v))
                or (isinstance(v, Tensor) and v.gpu is True)
                for v in values
            )
            and not self.on_host
        )
        called_back = callee.gpu is None and names.CALLBACK_NAME.match(name) is not None
        if works or (called_back and self.on_device(callee)):
            self.act(Kind.WORK, node, inputs_vary=varies, on_device=True)
            return Tensor(gpu=True, varies=varies, output=True)
        gpu = None if any(v.gpu is None for v in values) else False
        return Value(name=name, gpu=gpu, varies=varies)


def is_generator(node: ast.AST) -> bool:
    return not isinstance(node, ast.Lambda) and any(
        isinstance(part, ast.Yield | ast.YieldFrom) for part in own_nodes(node)
    )


def own_nodes(node: ast.AST) -> list[ast.AST]:
    """The nodes of a function but not of functions inside it."""
    found: list[ast.AST] = []
    waiting = list(ast.iter_child_nodes(node))
    while waiting:
        part = waiting.pop()
        found.append(part)
        if not isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            waiting += ast.iter_child_nodes(part)
    return found


def field_names(node: ast.ClassDef) -> list[str]:
    """The fields of a dataclass or named tuple."""
    return [
        part.target.id
        for part in node.body
        if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
    ]


def makes_module_with_modes(path: str) -> bool:
    """Whether calling a path makes a layer or model that differs in training mode."""
    if names.WITHOUT_MODES.match(path) or names.CONTAINERS.match(path):
        return False
    if path.startswith("torch.nn.") and not path.startswith(
        ("torch.nn.functional", "torch.nn.init")
    ):
        return path.rsplit(".", 1)[-1][:1].isupper()
    return names.MODELS.match(path) is not None
