"""Calls of methods of values: models, tensors, events, lists of times."""

from __future__ import annotations

import ast

from pytimer.source_audit.walk import names
from pytimer.source_audit.walk.models_and_tensors import ModelsAndTensors
from pytimer.source_audit.walk.trace import Kind
from pytimer.source_audit.walk.values import (
    NOTHING,
    Arguments,
    Class,
    Collection,
    Constant,
    Duration,
    Event,
    Function,
    Instance,
    Keywords,
    Network,
    Rate,
    Reading,
    Tensor,
    Timer,
    Value,
    text_in,
)


class Methods(ModelsAndTensors):
    """Evaluates calls of methods."""

    def call_method(
        self, base: Value, method: str, arguments: Arguments, keywords: Keywords, node: ast.expr
    ) -> Value:
        if method in ("register_forward_pre_hook", "register_forward_hook") and arguments:
            self.hooks.append((method, arguments[0]))
            return Value(name="handle")
        match base:
            case Event():
                return self.event_method(base, method, arguments, node)
            case Network():
                return self.network_method(base, method, arguments, keywords, node)
            case Tensor():
                return self.tensor_method(base, method, arguments, keywords, node)
            case Collection():
                return self.collection_method(base, method, arguments, keywords, node)
            case Timer():
                return self.timer_method(base, method, arguments, keywords, node)
            case Duration() | Rate() | Reading():
                if method == "mean" and isinstance(base, Rate):
                    self.trace.means_of_rates.append((base, node.lineno))
                if method in names.AGGREGATING_METHODS:
                    self.use(base)
                    return base
                return NOTHING
            case Constant(constant=str()) if method == "format":
                return self.formatted(
                    base.constant,
                    self.collection([*arguments, *keywords.values()], literal=True),
                    node,
                )
            case Constant(constant=str()):
                return Value(name="text")
            case Instance() | Class():
                member = base.parts.get(method) or self.attribute(base, method, node)
                if type(member) is not Value:
                    return self.call_value(member, arguments, keywords, node)
        return self.unknown_method(base, method, arguments, keywords, node)

    # Whatever else

    def unknown_method(
        self, base: Value, method: str, arguments: Arguments, keywords: Keywords, node: ast.expr
    ) -> Value:
        if method == "result" and "result" in base.parts:
            return base.parts["result"]
        if method == "add_argument":
            self.add_argument(base, arguments, keywords)
            return NOTHING
        if method in ("parse_args", "parse_known_args"):
            return Value(name="args", gpu=None, parts=base.parts)
        if names.LOGS.match(method) and names.LOGGER.match(base.name):
            return self.print(arguments, keywords, node)
        if method == "write" and base.name in ("stdout", "stderr", "tqdm"):
            return self.print(arguments, keywords, node)
        steps = method == "step" and (
            "opt" in base.name.lower() or base.name in ("scaler", "trainer")
        )
        if steps or names.TRAINS.match(method):
            self.act(Kind.TRAIN, node)
            return NOTHING
        if self.act_by_name(method, node):
            return NOTHING
        if method == "elapsed_time" and arguments:
            return self.elapsed(base, arguments[0], node)
        if method == "time" and "loop" in base.name:
            return self.read_clock(node, 1.0)
        if method in ("eval", "train", "to", "cuda", "half", "load_state_dict", "replay"):
            return self.turn_out(base, method, arguments, keywords, node)
        if method in names.SYNCHRONISING_READS:
            if base.gpu is not False and self.on_device(base):
                return self.read(Tensor(gpu=base.gpu, varies=base.varies), node)
            return Value(name=base.name, varies=base.varies)
        is_call = names.CALLS_MODEL.search(method) is not None
        if is_call and base.gpu is not False and names.NETWORK_NAME.match(base.name):
            network = self.network_for(base, training=None)
            return self.network_method(network, method, arguments, keywords, node)
        if method in ("submit", "run_in_executor", "apply", "map") and arguments:
            for argument in arguments:
                if isinstance(argument, Function):
                    rest = [a for a in arguments if a is not argument]
                    result = self.call_value(argument, rest, {}, node)
                    return result if "run" in method else Value(parts={"result": result})
        return self.call_unknown(
            Value(name=method, gpu=base.gpu, varies=base.varies), arguments, keywords, node
        )

    def add_argument(self, parser: Value, arguments: Arguments, keywords: Keywords) -> None:
        """An option of a command line, known by its default."""
        flags = [text for argument in arguments if (text := text_in(argument))]
        default = keywords.get("default")
        if flags and default is not None:
            name = max(flags, key=len).lstrip("-").replace("-", "_")
            parser.parts[text_in(keywords.get("dest", NOTHING)) or name] = default

    def network_for(self, base: Value, training: bool | None) -> Network:
        """The model that an unknown value turns out to be."""
        network = base.parts.get("network")
        if not isinstance(network, Network):
            network = Network(name=base.name, gpu=base.gpu, training=training, varies=base.varies)
            base.parts["network"] = network
        return network

    def turn_out(
        self, base: Value, method: str, arguments: Arguments, keywords: Keywords, node: ast.expr
    ) -> Value:
        """Methods that modules have; `to` and `cuda` may be of a tensor or a batch of them."""
        is_network = (
            method in ("eval", "train", "load_state_dict", "replay")
            or base.constructed
            or names.NETWORK_NAME.match(base.name) is not None
        )
        if is_network:
            network = self.network_for(base, training=True if base.constructed else None)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                self.rebind(node.func.value, network)
            return self.network_method(network, method, arguments, keywords, node)
        if method == "half":
            return base
        return self.tensor_method(
            Tensor(gpu=base.gpu or False, varies=base.varies, name=base.name),
            method,
            arguments,
            keywords,
            node,
        )
