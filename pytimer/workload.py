"""A model with its inputs, made ready to be called on a device."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import torch
from torch.utils import _pytree as pytree

from pytimer import _core, _torch
from pytimer.aoti import AotiPackage, Arguments
from pytimer.compilation import compiled, first_lines, traced
from pytimer.compile_watch import counted_compilations
from pytimer.devices import Device, resolve_device
from pytimer.equivalence import Equivalence, compare
from pytimer.errors import (
    OF_OTHERS,
    CallError,
    DeviceUnavailableError,
    ModelError,
    PlanError,
    PyTimerError,
    text_of,
)
from pytimer.model_files import open_model
from pytimer.model_setup import AS_IT_IS, Setup
from pytimer.one_at_a_time import alone
from pytimer.plan import Call
from pytimer.setting_up import calling_modes, formatted, optimized, resolved, set_up
from pytimer.torch_settings import settings_put_back

Model = Callable[..., Any]
ModelOrPath = Model | str | os.PathLike[str]
CallKind = Literal["eager", "aoti", "torchscript", "graph", "native"]

MOST_COMPILING_CALLS = 10
"""torch compiles in the first call, and records a CUDA graph in the second or third."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What was measured, in words.

    Attributes:
        inputs: one "1×3×224×224 float32" for each tensor, of the first set of inputs.
        input_sets: how many sets of inputs the repetitions take in turn.
        call: "eager" (a Python callable), "aoti" or "torchscript" (called without Python), "graph"
            (a CUDA graph, replayed), or "native" (whatever a C++ harness called).
        setup: what was done to the model first; None: a C++ harness did whatever it did.
    """

    model: str
    inputs: tuple[str, ...]
    input_sets: int
    device: str
    call: CallKind
    setup: Setup | None


@dataclass(frozen=True, slots=True)
class Workload:
    """A callable with arguments on the device; valid inside `prepared`.

    Attributes:
        sets: (arguments, keywords), at least one; repetitions take them in turn.
        replay: the call captured into a graph; None where the model itself is called.
        copying_in: the call that copies its inputs from the host first; None where they are in
            place.
        equivalence: with the model that it was compiled from; None where not compared.
        setup: in which calls are made; see `calling`.
        optimized: what torch.compile made of the model; None where it was not asked for.
        compile_s: host time of the calls in which that compiled; None before there were any.
        reference: that model, unless it came from a file; None where there is none.
    """

    model: Model
    sets: tuple[Arguments, ...]
    device: Device
    name: str
    call_plan: Call = Call.AUTO
    replay: Callable[[], Any] | None = None
    copying_in: Callable[[], Any] | None = None
    equivalence: Equivalence | None = None
    setup: Setup = AS_IT_IS
    optimized: Model | None = None
    compile_s: float | None = None
    reference: Model | None = None

    @property
    def kind(self) -> CallKind:
        if self.replay is not None:
            return "graph"
        if self.copying_in is not None:
            return "eager"
        if self.call_plan is not Call.EAGER and isinstance(self.model, AotiPackage):
            return "aoti"
        if self.call_plan is not Call.EAGER and isinstance(self.model, torch.jit.ScriptModule):
            can_be = self.model._c._has_method("forward") and all(map(_is_of_tensors, self.sets))
            return "torchscript" if can_be else "eager"
        return "eager"

    @property
    def subject(self) -> Subject:
        return Subject(
            self.name,
            tuple(_describe(leaf) for leaf in _tensors(self.sets[0])),
            len(self.sets),
            self.device.name,
            self.kind,
            self.setup,
        )

    @property
    def function(self) -> Model:
        """The model, or what torch.compile made of it."""
        return self.model if self.optimized is None else self.optimized

    @property
    def python_call(self) -> tuple[Callable[..., Any], tuple[Arguments, ...]]:
        """What a Python loop calls, and with what in turn; raises ModelError if it cannot be."""
        call = self.replay or self.copying_in
        if call is not None:
            return call, (((), {}),)
        if isinstance(self.model, AotiPackage):
            self.model.check(self.sets)
        return self.function, self.sets

    @property
    def batch_size(self) -> int:
        """Dimension 0 of the first tensor among the inputs."""
        for leaf in _tensors(self.sets[0]):
            if leaf.ndim > 0:
                return int(leaf.shape[0])
        raise PlanError(
            "expected a tensor with a batch dimension among the inputs, found none; "
            "pass make_inputs(batch_size)"
        )

    def native_call(self, before: Callable[[], Any] | None) -> _core.PythonCall | _core.CapsuleCall:
        """The call as the native loop takes it; `before` is made untimed before each repetition."""
        function, sets = self.python_call
        if self.kind == "aoti" and isinstance(function, AotiPackage):
            return _core.CapsuleCall(function.native_call(sets), before)
        if self.kind == "torchscript" and isinstance(function, torch.jit.ScriptModule):
            tensors = [list(arguments) for arguments, _ in sets]
            return _core.CapsuleCall(_torch.torchscript_call(function._c, tensors), before)
        return _core.PythonCall(function, sets, before)

    @contextmanager
    def calling(self) -> Iterator[None]:
        """The gradient mode and autocast of the setup in this thread, and the device current."""
        with calling_modes(self.setup, self.device), self.device.as_current():
            yield

    @contextmanager
    def in_setup(self) -> Iterator[None]:
        """All of the setup, in this process and this thread; afterwards as it was."""
        with set_up(self.setup, self.model), self.calling():
            yield

    def compiled_first(self) -> Workload:
        """With torch.compile's work for these inputs done; unchanged where it was not asked for.

        Raises:
            ModelError: the model cannot be compiled.
            CallError: it raised.
        """
        if self.optimized is None or self.compile_s is not None:
            return self
        compile_s = 0.0
        for _ in range(MOST_COMPILING_CALLS):
            call_s, compilations = self._compiling_calls(self.optimized)
            if compilations == 0:
                break
            compile_s += call_s
        return replace(self, compile_s=compile_s)

    def _compiling_calls(self, function: Model) -> tuple[float, int]:
        """Seconds of a call with each set of inputs, and how often torch compiled in them."""
        begin = time.perf_counter()
        try:
            with counted_compilations() as seen, warnings.catch_warnings(action="ignore"):
                for arguments, keywords in self.sets:
                    function(*arguments, **keywords)
                self.device.synchronize()
        except PyTimerError:
            raise
        except torch._dynamo.exc.TorchDynamoException as error:
            reason = first_lines(error).partition(" Set TORCHDYNAMO_VERBOSE")[0]
            remedy = "install one (g++)" if "InvalidCxxCompiler" in reason else "mend that"
            raise ModelError(
                f"torch.compile {self.setup.compile} cannot compile {self.name}: {reason}; "
                f"{remedy}, or leave compile out"
            ) from error
        except OF_OTHERS as error:
            raise CallError(f"{self.name} raised while compiled: {text_of(error)}") from error
        return time.perf_counter() - begin, seen.count

    def call(self) -> Any:
        """One untimed call."""
        function, sets = self.python_call
        arguments, keywords = sets[0]
        return function(*arguments, **keywords)

    def call_reference(self) -> Any:
        """One untimed call of the model that this one was compiled from."""
        assert self.reference is not None, "only where there is a reference"
        arguments, keywords = self.sets[0]
        with _eval_mode(self.reference):
            return self.reference(*arguments, **keywords)

    def synchronises(self) -> bool | None:
        """Whether a call waits for the device by itself; None where that cannot be told.

        Makes one more call. Should that one raise, nothing is told, and what was measured is kept.
        """
        if self.replay is None:
            with suppress(*OF_OTHERS):
                waits = self.device.observe(self.call).waits
                return None if waits is None else waits > 0
        return None

    @property
    def accelerators(self) -> int:
        """How many accelerators the model's parameters are spread over."""
        return len([d for d in _parameter_devices(self.model) if d.type not in ("cpu", "meta")])

    @property
    def input_bytes(self) -> int:
        """Size of the tensors of the first set of inputs."""
        return sum(tensor.nbytes for tensor in _tensors(self.sets[0]))

    @property
    def rotation_bytes(self) -> int | None:
        """Size of all tensors of all sets of inputs; None where there is one set."""
        if len(self.sets) == 1:
            return None
        return sum(tensor.nbytes for tensor in _tensors(self.sets))

    def as_planned(self, call: Call) -> Workload:
        """The workload called as the plan says; captures or compiles it first where need be.

        Raises:
            PlanError: the setup does not go with that call.
            DeviceUnavailableError: the device has no graphs.
            CaptureError: the model cannot be captured.
            ModelError: the model cannot be compiled.
        """
        if call in (Call.AOTI, Call.TORCHSCRIPT) and (self.setup.compile or self.setup.amp):
            asked = "compile" if self.setup.compile else "amp"
            raise PlanError(
                f"call {call} compiles the model in its own way, got {asked} as well; leave one out"
            )
        workload = replace(self.compiled_first(), call_plan=call)
        if call is Call.GRAPH:
            if len(self.sets) > 1:
                raise PlanError("a graph replays one set of inputs, got a list of several")
            return replace(workload, replay=self.device.capture(workload.call))
        if call is Call.AOTI and not isinstance(self.model, AotiPackage):
            return workload._with_model(compiled(self.model, self.sets[0]))
        if call is Call.TORCHSCRIPT and not isinstance(self.model, torch.jit.ScriptModule):
            return workload._with_model(traced(self.model, self.sets[0]))
        return workload

    def _with_model(self, model: Model) -> Workload:
        """The same calls of a model compiled from this one, compared with it."""
        return replace(self, model=model).compared_with(self.model)

    def compared_with(self, reference: ModelOrPath) -> Workload:
        """With what comparing the outputs with those of `reference` shows.

        Raises:
            CallError: one of the two raised.
            ModelError: `reference` is the path of no model.
        """
        kept = None
        if isinstance(reference, str | os.PathLike):
            reference = open_model(reference, self.device)
        else:
            kept = reference
        workload = self.compiled_first()
        function, sets = workload.python_call
        try:
            with _eval_mode(reference):
                equivalence = compare(reference, function, sets[0])
        except PyTimerError:
            raise
        except OF_OTHERS as error:
            raise CallError(
                f"{self.name} could not be compared with its reference: {text_of(error)}"
            ) from error
        return replace(workload, equivalence=equivalence, reference=kept)

    def for_threads(self, threads: int) -> list[Workload]:
        """The same call once for each thread, with copies of its tensors."""
        model = self.model
        if isinstance(model, AotiPackage):
            model = model.with_runners(threads)
        with torch.inference_mode(False):
            return [
                replace(
                    self,
                    model=model,
                    sets=pytree.tree_map_only(torch.Tensor, torch.clone, self.sets),
                )
                for _ in range(threads)
            ]

    def with_inputs_copied_in(self) -> Workload:
        """The same call, with its inputs copied from the host each time.

        Raises:
            DeviceUnavailableError: on the host, where they are in place.
        """
        if len(self.sets) > 1:
            raise PlanError("host_to_device copies one set of inputs, got a list of several")
        with torch.inference_mode(False):
            return replace(self, copying_in=self.device.copying_in(self.function, *self.sets[0]))

    def with_inputs(self, inputs: Any) -> Workload:
        """The same model with other inputs, moved to the device."""
        # Outside inference mode, so that the tensors are ordinary ones for whoever keeps them.
        with torch.inference_mode(False):
            sets = _as_sets(inputs, self.device, self.setup)
            return replace(self, sets=sets, compile_s=None)

    def with_batch_size(self, batch_size: int) -> Workload:
        """The same model with as many items per call, in contiguous memory of their own.

        Tensors whose dimension 0 equals the present batch size are filled by repeating their items;
        other inputs pass unchanged.
        """
        present = self.batch_size

        def resize(tensor: torch.Tensor) -> torch.Tensor:
            if tensor.ndim == 0 or tensor.shape[0] != present:
                return tensor
            items = torch.arange(batch_size, device=tensor.device) % present
            return tensor.index_select(0, items)

        with torch.inference_mode(False):
            sets = formatted(self.setup, pytree.tree_map_only(torch.Tensor, resize, self.sets))
            return replace(self, sets=sets, compile_s=None)


@contextmanager
def prepared(
    model: ModelOrPath,
    inputs: Any,
    device: str | torch.device | Device | None,
    name: str | None = None,
    setup: Setup | None = None,
) -> Iterator[Workload]:
    """The model ready to be called: in eval mode, inputs on the device, as the setup says.

    What the setup changes is afterwards as it was, and so is what the model sets of torch.

    Args:
        model, inputs, device, name, setup: as for `measure_latency`.

    Raises:
        PlanError: the model cannot be called, the setup does not go with it, or another measurement
            runs in this process.
        ModelError: the file holds no model that can be used here, it cannot be compiled, or the
            inputs cannot be moved to the device.
        DeviceUnavailableError: no such device, or the model is on another one.
    """
    with (
        alone(name or name_of(model)),
        prepared_beside(model, inputs, device, name, setup) as workload,
    ):
        yield workload


@contextmanager
def prepared_beside(
    model: ModelOrPath,
    inputs: Any,
    device: str | torch.device | Device | None,
    name: str | None = None,
    setup: Setup | None = None,
) -> Iterator[Workload]:
    """As `prepared`, for a further model of a measurement that is running."""
    name = name or name_of(model)
    if isinstance(model, str | os.PathLike):
        model = open_model(model, device)
    if not callable(model):
        raise PlanError(
            f"model must be callable, or the path of a .pt2, .pt or .ts file, got "
            f"{type(model).__name__}"
        )
    where = resolve_device(_device_of((model,), inputs) if device is None else device)
    _check_same_device(model, where)
    setup = resolved(setup or AS_IT_IS, model, where)
    sets = _as_sets(inputs, where, setup)
    workload = rebuilt(model, sets, where, name, Call.AUTO, setup)
    with settings_put_back(), _eval_mode(model), workload.in_setup():
        yield workload


def rebuilt(
    model: Model,
    sets: tuple[Arguments, ...],
    device: Device,
    name: str,
    call_plan: Call,
    setup: Setup,
) -> Workload:
    """The workload of a model with its inputs on the device; to be called `in_setup`.

    Raises:
        ModelError: it cannot be compiled.
    """
    made = optimized(setup, model)
    return Workload(model, sets, device, name, call_plan, setup=setup, optimized=made)


def as_it_is(
    fn: Model,
    inputs: tuple[Any, ...],
    device: str | torch.device | Device | None,
    parts: Iterable[object],
) -> Workload:
    """The call with nothing prepared: no mode is set, no input is moved.

    Args:
        parts: `fn`, and whatever it may call, among which modules tell the device.
    """
    if not callable(fn):
        raise PlanError(f"expected something to call, got {type(fn).__name__}; give a function")
    where = resolve_device(_device_of(parts, inputs) if device is None else device)
    return Workload(fn, ((inputs, {}),), where, name_of(fn), Call.EAGER)


def _as_sets(inputs: Any, device: Device, setup: Setup) -> tuple[Arguments, ...]:
    placed = formatted(setup, pytree.tree_map_only(torch.Tensor, partial(_placed, device), inputs))
    if setup.channels_last and all(tensor.ndim != 4 for tensor in _tensors(placed)):
        shapes = ", ".join(map(_describe, _tensors(placed))) or "no tensors"
        raise PlanError(
            f"channels_last needs a 4-d tensor among the inputs, got {shapes}; leave it out"
        )
    if type(placed) is not list:
        return (_as_arguments(placed),)
    if not placed:
        raise PlanError(
            "inputs is an empty list of input sets; a list that is itself the argument goes into a "
            "tuple: ([],)"
        )
    return tuple(_as_arguments(one) for one in placed)


def _placed(device: Device, tensor: torch.Tensor) -> torch.Tensor:
    try:
        return device.place(tensor)
    except Exception as error:
        raise ModelError(
            f"the inputs ({_describe(tensor)}) cannot be moved to {device.name}: {text_of(error)}; "
            "free memory there, or use smaller ones"
        ) from error


def _as_arguments(inputs: Any) -> Arguments:
    is_plain_tuple = type(inputs) is tuple
    if isinstance(inputs, dict):
        if not all(isinstance(key, str) for key in inputs):
            raise PlanError("inputs given as a dict are keyword arguments; its keys must be text")
        return (), inputs
    return (inputs if is_plain_tuple else (inputs,)), {}


def _is_of_tensors(arguments: Arguments) -> bool:
    positional, keywords = arguments
    return not keywords and all(isinstance(argument, torch.Tensor) for argument in positional)


def _tensors(inputs: Any) -> list[torch.Tensor]:
    return [leaf for leaf in pytree.tree_leaves(inputs) if isinstance(leaf, torch.Tensor)]


def _parameter_devices(model: object) -> set[torch.device]:
    if isinstance(model, AotiPackage):
        return {model.device}
    if not isinstance(model, torch.nn.Module):
        return set()
    return {tensor.device for tensor in (*model.parameters(), *model.buffers())}


def _device_of(parts: Iterable[object], inputs: Any) -> torch.device:
    found = set[torch.device]().union(*map(_parameter_devices, parts))
    found = found or {tensor.device for tensor in _tensors(inputs)}
    # A model spread over devices is timed on its first accelerator.
    accelerators = sorted((d for d in found if d.type != "cpu"), key=str)
    if accelerators:
        return accelerators[0]
    if not found and torch.cuda.is_initialized():
        return torch.device("cuda", torch.cuda.current_device())
    return torch.device("cpu")


def _check_same_device(model: Model, device: Device) -> None:
    parameters = _parameter_devices(model)
    if parameters and _placed(device, torch.empty(0)).device not in parameters:
        there = ", ".join(sorted(str(d) for d in parameters))
        raise DeviceUnavailableError(
            f"the model is on {there}, {device.name} was asked for; move it: "
            f'model.to("{device.name}")'
        )


@contextmanager
def _eval_mode(model: Model) -> Iterator[None]:
    """Puts a module into eval mode, and each part of it back as it was."""
    if not isinstance(model, torch.nn.Module):
        yield
        return
    training = [module for module in model.modules() if module.training]
    if training:
        model.eval()
    try:
        yield
    finally:
        for module in training:
            module.training = True


def name_of(model: ModelOrPath) -> str:
    """Of a model whose user names it no other way: of its file, class or function."""
    if isinstance(model, str | os.PathLike):
        return Path(model).name
    if isinstance(model, AotiPackage):
        return model.name
    if isinstance(model, torch.jit.ScriptModule):
        return str(model.original_name)
    if isinstance(model, torch.nn.Module):
        return type(model).__name__
    return getattr(model, "__qualname__", type(model).__name__)


def _describe(tensor: torch.Tensor) -> str:
    shape = "×".join(str(size) for size in tensor.shape) or "scalar"
    return f"{shape} {str(tensor.dtype).removeprefix('torch.')}"
