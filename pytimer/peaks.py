"""The peak rates of a few GPUs, as their datasheets have them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pytimer.environment import Environment
from pytimer.work import Flop, FlopPart, NotAvailable, Peak


@dataclass(frozen=True, slots=True)
class _Datasheet:
    """Peak rates in TFLOP/s by precision, dense: half of a figure that is stated with sparsity.

    With tensor cores where the precision has them; what the title does not state is left out.
    """

    title: str
    tflop_per_s: Mapping[str, float]


def _with_half(half: float, **others: float) -> Mapping[str, float]:
    return {"float16": half, "bfloat16": half, **others}


_V100 = "NVIDIA V100 Tensor Core GPU datasheet"
_V100_SXM2 = _Datasheet(_V100, {"float16": 125, "float32": 15.7, "float64": 7.8})
_V100_PCIE = _Datasheet(_V100, {"float16": 112, "float32": 14, "float64": 7})
_A100 = _Datasheet(
    "NVIDIA A100 Tensor Core GPU datasheet",
    _with_half(312, tf32=156, float32=19.5, float64=19.5),
)
_H100 = "NVIDIA H100 Tensor Core GPU datasheet"
_HOPPER_SXM = _with_half(1979 / 2, tf32=989 / 2, float32=67, float64=67)

DATASHEETS = {
    "Tesla V100-SXM2-16GB": _V100_SXM2,
    "Tesla V100-SXM2-32GB": _V100_SXM2,
    "Tesla V100-PCIE-16GB": _V100_PCIE,
    "Tesla V100-PCIE-32GB": _V100_PCIE,
    "Tesla T4": _Datasheet("NVIDIA T4 Tensor Core GPU datasheet", {"float16": 65, "float32": 8.1}),
    "NVIDIA A100-SXM4-40GB": _A100,
    "NVIDIA A100-SXM4-80GB": _A100,
    "NVIDIA A100-PCIE-40GB": _A100,
    "NVIDIA A100 80GB PCIe": _A100,
    "NVIDIA H100 80GB HBM3": _Datasheet(_H100, _HOPPER_SXM),
    "NVIDIA H100 PCIe": _Datasheet(
        _H100, _with_half(1513 / 2, tf32=756 / 2, float32=51, float64=51)
    ),
    "NVIDIA H200": _Datasheet("NVIDIA H200 Tensor Core GPU datasheet", _HOPPER_SXM),
    "NVIDIA L4": _Datasheet(
        "NVIDIA L4 Tensor Core GPU datasheet", _with_half(242 / 2, tf32=120 / 2, float32=30.3)
    ),
    "NVIDIA GeForce RTX 4090": _Datasheet(
        "NVIDIA Ada GPU Architecture whitepaper", _with_half(165.2, tf32=82.6, float32=82.6)
    ),
}
"""By the name that the driver gives a whole GPU; a MIG slice has another one."""


def peak_of(flop: Flop, environment: Environment) -> Peak | NotAvailable:
    """The peak for such FLOP on the device of the environment, where its datasheet is known.

    FLOP in several precisions have the peak of their mixture: each part at its own peak, one after
    the other.
    """
    name = environment.device.model or environment.device.name
    sheet = DATASHEETS.get(name)
    if sheet is None:
        return NotAvailable(f"peak of {name} unknown; state it with --peak-flops")
    seconds, used = 0.0, dict[str, float]()
    for part in flop.parts:
        precision = _precision(part, environment, sheet)
        if precision not in sheet.tflop_per_s:
            return NotAvailable(
                f"peak of {name} unknown for {precision}; state it with --peak-flops"
            )
        used[precision] = sheet.tflop_per_s[precision]
        seconds += part.flop / (used[precision] * 1e12)
    figures = ", ".join(f"{precision} {peak:g}" for precision, peak in used.items())
    return Peak(flop.total / seconds, f"{sheet.title}: {figures} TFLOP/s, dense")


def _precision(part: FlopPart, environment: Environment, sheet: _Datasheet) -> str:
    """What the device computes with: TF32 for float32 where torch may and the device can."""
    if part.dtype != "float32" or "tf32" not in sheet.tflop_per_s or environment.torch is None:
        return part.dtype
    if environment.variables.get("NVIDIA_TF32_OVERRIDE") == "0":
        return part.dtype
    backend = "cudnn.conv" if part.kind == "convolution" else "cuda.matmul"
    flags = environment.torch.settings.flags
    return "tf32" if flags.get(f"backends.{backend}.fp32_precision") == "tf32" else part.dtype
