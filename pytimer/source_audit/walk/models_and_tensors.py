"""Methods of models and tensors."""

from __future__ import annotations

import ast
from dataclasses import replace

from pytimer.source_audit.walk import names
from pytimer.source_audit.walk.collections_and_events import CollectionsAndEvents
from pytimer.source_audit.walk.names import words
from pytimer.source_audit.walk.trace import Kind
from pytimer.source_audit.walk.values import (
    NOTHING,
    Arguments,
    Class,
    Collection,
    Constant,
    Function,
    Keywords,
    Network,
    Place,
    Tensor,
    Value,
    is_constant,
)

SAME_NETWORK = words("""
    half float bfloat16 double requires_grad_ share_memory type apply fuse to_empty
    load_state_dict load_weights""")
"""Methods of a module that return it."""

NO_CALLS = words("""
    parameters named_parameters state_dict modules named_modules children named_children
    buffers add_module save save_pretrained extra_repr get_submodule set_attn_processor
    config register_buffer capture_begin capture_end reset enable_attention_slicing
    enable_xformers_memory_efficient_attention""")
"""Methods of a module that do not call it."""

VIEWS = words("""
    view reshape size dim numel nelement element_size contiguous detach unsqueeze squeeze
    expand permute transpose requires_grad_ is_contiguous stride data_ptr flatten pin_memory
    share_memory_ record_stream repeat type half float double bfloat16 long int keys values
    items get""")
"""Methods of a tensor, or of a dictionary of outputs, that are no work to speak of."""


class ModelsAndTensors(CollectionsAndEvents):
    """Evaluates methods of models and tensors."""

    def network_method(
        self,
        network: Network,
        method: str,
        arguments: Arguments,
        keywords: Keywords,
        node: ast.expr,
    ) -> Value:
        if method in ("eval", "train"):
            mode = arguments[0] if arguments else keywords.get("mode", NOTHING)
            is_off = method == "eval" or is_constant(mode, False)
            for part in (network, network.parts.get("original")):
                if isinstance(part, Network):
                    part.training = not is_off
            return network
        if method in ("to", "cuda", "xpu"):
            return self.move_network(network, method, arguments, keywords, node)
        if method == "cpu":
            network.gpu = False
            return network
        if method in SAME_NETWORK:
            if method == "requires_grad_" and arguments and is_constant(arguments[0], False):
                network.records_gradients = False
            return network
        if method == "compile":
            network.compiled = True
            self.act(Kind.COMPILE, node)
            return network
        if method in ("parameters", "named_parameters"):
            parameter = Value(name="parameter", parts={"owner": network})
            return Collection(element=parameter)
        if names.TRAINS.match(method):
            self.act(Kind.TRAIN, node)
            return NOTHING
        if method in NO_CALLS:
            return Value(name=method)
        member = self.own_method(network, method)
        if member is not None:
            return self.call_value(member, arguments, keywords, node)
        if self.act_by_name(method, node):
            return NOTHING
        if method in ("generate", "replay", "predict", "encode", "run"):
            return self.without_gradients(network, arguments, keywords, node)
        return self.forward(network, arguments, keywords, node)

    def without_gradients(
        self, network: Network, arguments: Arguments, keywords: Keywords, node: ast.expr
    ) -> Value:
        """Calls of methods that switch gradients off themselves."""
        with self.having(gradients=False):
            return self.forward(network, arguments, keywords, node)

    def own_method(self, network: Network, method: str) -> Value | None:
        """A method of a module's class in this file, other than forward."""
        of = network.parts.get("class")
        if not isinstance(of, Class) or method == "forward":
            return None
        member = self.member(of, method)
        return self.bind(member, network) if isinstance(member, Function) else None

    def move_network(
        self,
        network: Network,
        method: str,
        arguments: Arguments,
        keywords: Keywords,
        node: ast.expr,
    ) -> Value:
        there = self.destination(method, arguments, keywords)
        if there is not None:
            if network.gpu is False and self.on_device(there):
                self.act(Kind.COPY_IN, node, on_device=True)
            network.gpu = there.gpu
        return network

    def destination(self, method: str, arguments: Arguments, keywords: Keywords) -> Place | None:
        """Where `.to(…)` or `.cuda()` moves a thing; None where it only changes the dtype."""
        if method != "to":
            return Place(gpu=True)
        there = keywords.get("device", arguments[0] if arguments else NOTHING)
        is_dtype = there.name.startswith(
            ("float", "bfloat", "half", "int", "long", "dtype", "channels")
        )
        if is_dtype or there is NOTHING or is_constant(there, None):
            return None
        return Place(gpu=self.place_of(there))

    def tensor_method(
        self, tensor: Tensor, method: str, arguments: Arguments, keywords: Keywords, node: ast.expr
    ) -> Value:
        if method in ("to", "cuda", "xpu"):
            there = self.destination(method, arguments, keywords)
            return tensor if there is None else self.moved(tensor, there, node)
        if method in names.SYNCHRONISING_READS:
            return self.read(tensor, node)
        if method == "backward":
            self.act(Kind.TRAIN, node)
            return NOTHING
        if method in ("size", "shape") and arguments:
            index = arguments[0].constant if isinstance(arguments[0], Constant) else None
            if isinstance(index, int) and 0 <= index < len(tensor.sizes):
                return tensor.sizes[index]
            return Value(name="size")
        if method in VIEWS:
            return tensor
        if self.on_device(tensor):
            self.act(Kind.WORK, node, on_device=True, inputs_vary=tensor.varies, minor=True)
        return Tensor(gpu=tensor.gpu, varies=tensor.varies, output=True)

    def moved(self, tensor: Tensor, there: Place, node: ast.expr) -> Tensor:
        if there.gpu is False:
            return self.read(tensor, node)
        if tensor.gpu is not True and self.on_device(there):
            self.act(Kind.COPY_IN, node, on_device=True)
        return replace(tensor, gpu=there.gpu, output=False)

    def read(self, tensor: Tensor, node: ast.expr) -> Tensor:
        """Copies a tensor to the host, which waits for it."""
        if self.on_device(tensor):
            self.act(Kind.COPY_OUT, node, discarded=self.discarding is node, steers=self.steering)
        return Tensor(gpu=False, varies=tensor.varies)
