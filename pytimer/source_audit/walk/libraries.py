"""Calls of libraries by their path: clocks, torch, tools that time."""

from __future__ import annotations

import ast
from dataclasses import replace

from pytimer.source_audit.walk import names
from pytimer.source_audit.walk.calls import makes_module_with_modes
from pytimer.source_audit.walk.iterables import Iterables
from pytimer.source_audit.walk.machine import regions_of
from pytimer.source_audit.walk.trace import Kind
from pytimer.source_audit.walk.values import (
    NO_GRAD,
    NOTHING,
    Arguments,
    Collection,
    Constant,
    Duration,
    Event,
    Function,
    Keywords,
    Network,
    Place,
    Rate,
    Reference,
    Tensor,
    Value,
    flat,
    is_constant,
    text_in,
)


class Libraries(Iterables):
    """Evaluates calls of what is imported, and of built-in functions."""

    def call_path(
        self, path: str, arguments: Arguments, keywords: Keywords, node: ast.expr
    ) -> Value:
        last = path.rsplit(".", 1)[-1]
        if path in names.CLOCKS:
            return self.read_clock(node, names.CLOCKS[path])
        if names.EVENT.fullmatch(path):
            timing = keywords.get("enable_timing", arguments[0] if arguments else NOTHING)
            enabled = not (timing is NOTHING or is_constant(timing, False))
            return Event(timing=enabled, line=node.lineno, gpu=True)
        if names.PRINTS.match(path):
            return self.print(arguments, keywords, node)
        special = getattr(self, f"library_{path.replace('.', '_').lower()}", None)
        if special is not None:
            result: Value = special(arguments, keywords, node)
            return result
        if path in names.EMPTIES_CACHE:
            self.act(Kind.EMPTY_CACHE, node)
            return NOTHING
        if path in names.SETS_GRAD_OFF:
            off = not (arguments and is_constant(arguments[0], False))
            return NO_GRAD if off else NOTHING
        if path in names.COMPILERS:
            return self.compile(path, arguments, node)
        if path in names.HARMONIC:
            return NOTHING
        if path in names.AGGREGATES or (last in ("mean", "median", "stdev") and "." not in path):
            return self.aggregate(path, arguments, node)
        if names.SYNCHRONISE.search(path) and not path.startswith("asyncio"):
            self.act(Kind.WAIT, node)
            return NOTHING
        if names.MAKES_TENSOR.match(path):
            return self.make_tensor(path, arguments, keywords, node)
        if names.MAKES_TENSOR_LIKE.match(path):
            like = arguments[0] if arguments else NOTHING
            if self.on_device(like):
                self.act(Kind.COPY_IN, node, on_device=True)
            sizes = like.sizes if isinstance(like, Tensor) else ()
            return Tensor(gpu=like.gpu, sizes=sizes, varies=like.varies)
        made = self.model(path, arguments, keywords, node)
        if made is not None:
            return made
        if names.HOST_LIBRARIES.match(path):
            return self.host_call(path, arguments, keywords, node)
        if path.startswith("torch.") and last[:1].islower():
            return self.torch_function(path, arguments, node)
        if names.DATA_LOADER.search(last):
            return Collection(name=last, loads_data=True)
        if last[:1].isupper() and not last.isupper():
            self.hand_over(arguments, keywords)
            return Value(name=last, constructed=not names.NOT_MODELS.search(path), gpu=False)
        return self.call_unknown(Value(name=last, gpu=False), arguments, keywords, node)

    # Reports

    def print(self, arguments: Arguments, keywords: Keywords, node: ast.expr) -> Value:
        self.act(Kind.PRINT, node)
        texts = [""]
        values: list[Value] = []
        template = arguments[0] if arguments else NOTHING
        if text_in(template) and "%" in str(text_in(template)) and len(arguments) > 1:
            return self.formatted(
                str(text_in(template)), self.collection(list(arguments[1:]), literal=True), node
            )
        for argument in arguments:
            if isinstance(argument, Constant) and isinstance(argument.constant, str):
                texts[-1] += f"{argument.constant} "
            else:
                values.append(argument)
                texts.append(" ")
        self.say(texts, values, node)
        return NOTHING

    def aggregate(self, path: str, arguments: Arguments, node: ast.expr) -> Value:
        value = arguments[0] if arguments else NOTHING
        element = value.element if isinstance(value, Collection) else value
        if path in names.COLLECTS:
            return value if isinstance(value, Collection) else Collection(element=element)
        if path == "next":
            return element or NOTHING
        if isinstance(element, Rate):
            if path in names.MEANS:
                self.trace.means_of_rates.append((element, node.lineno))
                return NOTHING
            if path in names.SUMS:
                element.summed = True
            return element
        if isinstance(element, Duration):
            self.use(value, kept=True)
            for region in regions_of(value):
                region.skips_first |= path == "min"
            return replace(element, summed=True) if path in names.SUMS else element
        for one in flat(arguments):
            if isinstance(one, Tensor) and one.output and self.on_device(one):
                if path.startswith("numpy") or path in ("float", "round"):
                    self.act(Kind.COPY_OUT, node)
                elif path.startswith("torch"):
                    return self.torch_function(path, arguments, node)
        if path.startswith(("torch.tensor", "torch.as_tensor")):
            return self.make_tensor(path, arguments, {}, node)
        if isinstance(value, Constant) and path in ("float", "round", "abs"):
            return value
        if path in ("numpy.array", "numpy.asarray", "numpy.fromiter"):
            return value if isinstance(value, Collection) else Collection(element=None)
        return Value(varies=value.varies)

    # Tensors and models

    def place_of(self, value: Value) -> bool | None:
        """Where a device named by a value is."""
        if isinstance(value, Constant):
            if isinstance(value.constant, int) and not isinstance(value.constant, bool):
                return True
            return None if value.constant is None else bool(value.gpu)
        if isinstance(value, Place | Tensor | Network):
            return value.gpu
        return None

    def make_tensor(
        self, path: str, arguments: Arguments, keywords: Keywords, node: ast.expr
    ) -> Tensor:
        device = keywords.get("device")
        gpu = self.place_of(device) if device is not None else self.default_gpu
        gpu = True if path.startswith("torch.cuda.") else gpu
        varies = frozenset().union(*(value.varies for value in (*arguments, *keywords.values())))
        self.act(Kind.COPY_IN, node, on_device=self.on_device(Tensor(gpu=gpu)))
        sizes: tuple[Value, ...] = tuple(arguments)
        if path.endswith(("tensor", "from_numpy", "full")):
            sizes = ()
        if path.endswith("randint"):
            sizes = tuple(a for a in arguments if isinstance(a, Collection))
        if len(sizes) == 1 and isinstance(sizes[0], Collection):
            sizes = tuple(sizes[0].elements)
        return Tensor(gpu=gpu, sizes=sizes, varies=varies)

    def model(
        self, path: str, arguments: Arguments, keywords: Keywords, node: ast.expr
    ) -> Value | None:
        gpu: bool | None = False
        for name in ("device", "device_map", "map_location"):
            if name in keywords:
                gpu = self.place_of(keywords[name]) is not False
        if names.PIPELINES.match(path):
            self.act(Kind.BUILD, node)
            return Network(
                name="pipeline",
                training=False,
                gpu=gpu or None,
                records_gradients=False,
                returns_host_values=True,
            )
        if names.NOT_MODELS.search(path) and not path.startswith("torch.nn."):
            return None
        if names.EVALUATING_MODELS.match(path):
            self.act(Kind.BUILD, node)
            return Network(name="model", gpu=gpu)
        if path in ("torch.nn.Module", "torch.nn.Parameter"):
            return None
        if names.CONTAINERS.match(path):
            parts = [value for value in flat(arguments) if isinstance(value, Network)]
            return Network(
                name=path.rsplit(".", 1)[-1],
                training=True,
                has_modes=any(part.has_modes and part.training is not False for part in parts),
                gpu=any(part.gpu for part in parts),
            )
        last = path.rsplit(".", 1)[-1]
        is_layer = path.startswith("torch.nn.") and path.count(".") == 2 and last[:1].isupper()
        if is_layer or names.MODELS.match(path):
            if not is_layer:
                self.act(Kind.BUILD, node)
            has_modes = makes_module_with_modes(path)
            return Network(name=last, training=True, has_modes=has_modes, gpu=gpu)
        return None

    def compile(self, path: str, arguments: Arguments, node: ast.expr) -> Value:
        lazy = path in names.LAZY_COMPILERS
        self.act(Kind.COMPILE, node)
        subject = arguments[0] if arguments else NOTHING
        if isinstance(subject, Network):
            return replace(subject, compiled=lazy, parts={"original": subject})
        return Network(
            name="compiled",
            gpu=subject.gpu if not isinstance(subject, Function) else None,
            compiled=lazy,
            records_gradients=not isinstance(subject, Function),
        )

    def torch_function(self, path: str, arguments: Arguments, node: ast.expr) -> Value:
        values = flat(arguments)
        varies = frozenset().union(*(value.varies for value in values))
        if any(isinstance(v, Tensor | Network) for v in values) and self.on_device(
            *(v for v in values if isinstance(v, Tensor | Network))
        ):
            self.act(Kind.WORK, node, inputs_vary=varies, on_device=True)
            if path in ("torch.equal", "torch.allclose"):
                self.act(Kind.COPY_OUT, node)
            return Tensor(gpu=True, varies=varies, output=True)
        return Tensor(varies=varies, output=True)

    def host_call(
        self, path: str, arguments: Arguments, keywords: Keywords, node: ast.expr
    ) -> Value:
        for value in (*arguments, *keywords.values()):
            self.use(value)
            reads = not path.startswith(("torch.", "functools", "copy"))
            if reads and isinstance(value, Tensor) and value.output and self.on_device(value):
                self.act(Kind.COPY_OUT, node)
        if names.DATA_LOADER.search(path.rsplit(".", 1)[-1]):
            return Collection(loads_data=True)
        last = path.rsplit(".", 1)[-1]
        if path.startswith("numpy.") and last in ("zeros", "empty", "ones", "full", "zeros_like"):
            return Collection()
        if path.startswith("numpy."):
            element = arguments[0] if arguments else NOTHING
            if isinstance(element, Duration | Rate | Collection):
                return element
        return Value(name=last, varies=frozenset().union(*(v.varies for v in arguments)))

    # Single functions, named by their path

    def library_torch_device(
        self, arguments: Arguments, keywords: Keywords, node: ast.expr
    ) -> Value:
        gpu = self.place_of(arguments[0]) if arguments else None
        return Place(gpu=gpu)

    def library_torch_set_default_device(self, arguments: Arguments, *_: object) -> Value:
        self.default_gpu = bool(arguments) and self.place_of(arguments[0]) is not False
        return NOTHING

    def library_torch_set_grad_enabled(self, arguments: Arguments, *_: object) -> Value:
        return NO_GRAD if arguments and is_constant(arguments[0], False) else NOTHING

    def library_torch_cuda_cudagraph(self, *_: object) -> Value:
        return Network(name="graph", gpu=True, records_gradients=False)

    def library_functools_partial(
        self, arguments: Arguments, keywords: Keywords, node: ast.expr
    ) -> Value:
        function = arguments[0] if arguments else NOTHING
        if isinstance(function, Function):
            return replace(function, first=(*function.first, *arguments[1:]))
        if isinstance(function, Reference):
            return replace(function, given=function.given | keywords)
        return function

    def library_dataclasses_field(
        self, arguments: Arguments, keywords: Keywords, node: ast.expr
    ) -> Value:
        factory = keywords.get("default_factory")
        if factory is None:
            return keywords.get("default", NOTHING)
        if isinstance(factory, Reference) and factory.path in ("list", "dict", "collections.deque"):
            return Collection()
        return self.call_value(factory, (), {}, node)

    library_field = library_dataclasses_field

    def library_collections_defaultdict(self, arguments: Arguments, *_: object) -> Value:
        of_lists = arguments and isinstance(arguments[0], Reference | Function)
        return Collection(element=Collection() if of_lists else None)

    def library_collections_counter(self, *_: object) -> Value:
        return Collection()

    library_dict = library_collections_ordereddict = library_collections_counter

    def library_functools_wraps(self, *_: object) -> Value:
        return Value(name="same")

    def library_getattr(self, arguments: Arguments, keywords: Keywords, node: ast.expr) -> Value:
        if len(arguments) < 2:
            return NOTHING
        if isinstance(arguments[0], Reference) and arguments[0].path == "torchvision.models":
            return Reference(path="torchvision.models.any_model", name="any_model")
        name = text_in(arguments[1])
        return NOTHING if name is None else self.attribute(arguments[0], name, node)
