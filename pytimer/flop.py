"""Counts the FLOP of a call by torch's formulas."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Literal

import torch
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

from pytimer.call_audit.parts import is_closed, is_compiled, parts_of
from pytimer.devices import Device
from pytimer.environment import Environment
from pytimer.errors import OF_OTHERS, text_of
from pytimer.model_setup import Setup
from pytimer.peaks import peak_of
from pytimer.plan import Extras
from pytimer.work import Energy, Flop, FlopPart, NotAvailable, Peak, Work
from pytimer.workload import ModelOrPath, Workload, prepared

_aten = torch.ops.aten

_CONVOLUTIONS = (
    _aten.convolution,
    _aten._convolution,
    _aten.cudnn_convolution,
    _aten._slow_conv2d_forward,
)

_PRODUCTS = ("mm", "bmm", "addmm", "baddbmm", "matmul", "linear", "conv", "scaled_dot_product")
"""How the names of operations begin that are made of what is counted."""

_COMPUTE_UNCOUNTED = {
    *("mv", "addmv", "dot", "vdot", "addr", "addbmm", "_cdist_forward", "_trilinear"),
    *("mkldnn_rnn_layer", "_cudnn_rnn", "miopen_rnn", "_embedding_bag"),
    *("_native_multi_head_attention", "_transformer_encoder_layer_fwd"),
    *("_weight_int4pack_mm", "_weight_int8pack_mm", "_grouped_mm", "_scaled_grouped_mm"),
    *("_fft_c2c", "_fft_c2r", "_fft_r2c"),
}
"""Operations of many multiply-adds; they count for nothing where torch has no formula for them."""

_COMPLEX_OVER_REAL = 4
"""A complex multiply-add is four real ones: (a + bi)(c + di) = (ac - bd) + (ad + bc)i."""


def count_flop(
    model: ModelOrPath,
    inputs: Any,
    *,
    device: str | torch.device | Device | None = None,
    setup: Setup | None = None,
) -> Flop | NotAvailable:
    """The FLOP of one call of `model`: FLOP, not MAC, so that a multiply-add is 2.

    Matrix products, convolutions and attention are counted, by torch's formulas for the shapes of
    one call; element-wise operations and integers are not. Compiled code is called eagerly.

    Args:
        model, inputs, device, setup: as for `measure_latency`.

    Returns:
        The count, or the reason why there is none: nothing that torch counts, or a model that runs
        without Python.

    Raises:
        As `measure_latency`. What the model raises is passed on.
    """
    with prepared(model, inputs, device, setup=setup) as workload:
        return counted(workload)


def work_of(
    workload: Workload,
    environment: Environment,
    energy: Energy | NotAvailable,
    extras: Extras,
) -> Work:
    """The work of a call that was measured; makes one more call, if it is to be counted.

    A call that raises is a reason why nothing was counted, so that no sample is lost.
    """
    flop: Flop | NotAvailable = NotAvailable("not counted: it was switched off (--no-flop)")
    if extras.flop:
        try:
            flop = counted(workload)
        except OF_OTHERS as error:
            flop = NotAvailable(f"the call that was to be counted raised {text_of(error)}")
    peak: Peak | NotAvailable
    if extras.peak_flop_per_s is not None:
        peak = Peak(extras.peak_flop_per_s, "stated by you")
    elif isinstance(flop, NotAvailable):
        peak = NotAvailable("no FLOP were counted")
    else:
        peak = peak_of(flop, environment)
    return Work(flop, peak, energy)


def counted(workload: Workload) -> Flop | NotAvailable:
    """The FLOP of one call of the workload; makes that call, and waits for it."""
    inside = tuple(parts_of(workload.model))
    eager = replace(workload, replay=None, copying_in=None, optimized=None)
    call: Callable[[], Any] = eager.call
    counted_on: Literal["call", "eager", "reference"] = "call"
    if any(map(is_closed, inside)):
        if workload.reference is None or any(map(is_closed, parts_of(workload.reference))):
            return NotAvailable(
                "operations of a model that runs without Python are not seen; give the eager model "
                "that it was made from (--reference)"
            )
        call, counted_on = workload.call_reference, "reference"
    elif (
        workload.replay is not None
        or workload.optimized is not None
        or any(map(is_compiled, inside))
    ):
        counted_on = "eager"
    counter = _FlopCounter()
    with _called_eagerly(), counter:
        call()
    workload.device.synchronize()
    uncounted = tuple(sorted(counter.uncounted))
    if not counter.flop:
        without = f" (it has no formula for {', '.join(uncounted)})" if uncounted else ""
        return NotAvailable(f"no operation that torch counts{without}")
    parts = (FlopPart(kind, dtype, flop) for (kind, dtype), flop in counter.flop.items())
    return Flop(tuple(parts), uncounted, counted_on)


class _FlopCounter(TorchDispatchMode):
    """Inside, counts as torch's FlopCounterMode does, and notes what it has no formula for.

    FlopCounterMode itself does not tell dtypes, and imports torch._dynamo, which takes a second.
    """

    supports_higher_order_operators = True

    def __init__(self) -> None:
        TorchDispatchMode.__init__(self)
        self.flop: Counter[tuple[Literal["matmul", "convolution"], str]] = Counter()
        self.uncounted: set[str] = set()
        formulas = FlopCounterMode(display=False).flop_registry
        # Flash attention on the host is the same product, and has no formula of its own.
        on_host = {
            _aten._scaled_dot_product_flash_attention_for_cpu: formulas[
                _aten._scaled_dot_product_flash_attention
            ]
        }
        self._formulas: dict[Any, Callable[..., int]] = on_host | formulas

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        # True makes the first operation import torch._dynamo, which takes a second.
        return False

    def __torch_dispatch__(
        self,
        func: Any,
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        keywords = kwargs or {}
        packet = getattr(func, "_overloadpacket", func)  # of a higher-order operation itself
        formula = self._formulas.get(packet)
        if types:  # tensors of their own kind do with an operation what they like
            if packet.__name__.startswith(_PRODUCTS):
                self.uncounted.add(f"{packet.__name__} of {next(iter(types)).__name__}")
            return func(*args, **keywords)
        if formula is None and isinstance(func, torch._ops.OpOverload):
            with self:
                result = func.decompose(*args, **keywords)
            if result is not NotImplemented:
                return result
        result = func(*args, **keywords)
        dtype = _dtype_of((args, keywords))
        if formula is None:
            if _computes(func, dtype):
                self.uncounted.add(packet.__name__)
        elif dtype is not None:
            kind: Literal["matmul", "convolution"] = (
                "convolution" if packet in _CONVOLUTIONS else "matmul"
            )
            flop = formula(*args, **keywords, out_val=result)
            of_real = _COMPLEX_OVER_REAL if dtype.is_complex else 1
            self.flop[kind, str(dtype).removeprefix("torch.")] += flop * of_real
        return result


def _computes(func: Any, dtype: torch.dtype | None) -> bool:
    """Whether an operation without a formula may do more than one FLOP for each of its elements."""
    name: str = getattr(func, "_overloadpacket", func).__name__
    namespace = getattr(func, "namespace", "")
    if namespace not in ("aten", "prim", "prims"):
        return namespace != "profiler"  # record_function
    if dtype is None:
        return False
    return name in _COMPUTE_UNCOUNTED or name.startswith(("linalg_", "_linalg_", "_sparse_"))


def _dtype_of(operands: Any) -> torch.dtype | None:
    """Of the first operand that is not of integers; None where all are."""
    tensors = (leaf for leaf in pytree.tree_leaves(operands) if isinstance(leaf, torch.Tensor))
    dtypes = (tensor.dtype for tensor in tensors)
    return next((dtype for dtype in dtypes if dtype.is_floating_point or dtype.is_complex), None)


@contextmanager
def _called_eagerly() -> Iterator[None]:
    """Inside, torch's fused transformer layers and compiled code run operation by operation."""
    fused = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with _compiled_code_left_out():
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fused)


@contextmanager
def _compiled_code_left_out() -> Iterator[None]:
    """Left to itself torch would do so under a dispatch mode, and from then on in every call."""
    if "torch._dynamo" not in sys.modules:  # nothing is compiled, and importing it takes a second
        yield
        return
    with torch.compiler.set_stance("force_eager"):
        yield
