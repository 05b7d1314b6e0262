"""torch's settings that change what a call computes with, and so how long it takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from operator import attrgetter

import torch

_FLAGS = (
    "backends.cuda.matmul.fp32_precision",
    "backends.cudnn.conv.fp32_precision",
    "backends.cudnn.rnn.fp32_precision",
    "backends.mkldnn.matmul.fp32_precision",
    "backends.mkldnn.conv.fp32_precision",
    "backends.mkldnn.rnn.fp32_precision",
    "backends.cuda.matmul.allow_bf16_reduced_precision_reduction",
    "backends.cuda.matmul.allow_fp16_accumulation",
    "backends.cuda.matmul.allow_fp16_reduced_precision_reduction",
    "backends.cudnn.benchmark",
    "backends.cudnn.benchmark_limit",
    "backends.cudnn.deterministic",
    "backends.cudnn.enabled",
    "backends.mkldnn.deterministic",
    "backends.mkldnn.enabled",
)
"""Attributes of torch."""

_ATTENTION = ("flash", "mem_efficient", "math", "cudnn")
"""Implementations of scaled dot product attention that can be switched off."""


@dataclass(frozen=True, slots=True)
class TorchSettings:
    """The settings of a process.

    Attributes:
        flags: attributes of torch, by name; those that this torch lacks are left out.
        attention: which implementations of scaled dot product attention may be chosen.
        float32_matmul_precision: None where it was set for single backends, see `flags`.
    """

    threads: int
    default_dtype: str
    float32_matmul_precision: str | None
    flags: Mapping[str, bool | int | str]
    attention: Mapping[str, bool]
    deterministic_algorithms: bool
    deterministic_warn_only: bool

    @staticmethod
    def here() -> TorchSettings:
        """The settings of this process, now."""
        flags = {name: _value(name) for name in _FLAGS}
        return TorchSettings(
            threads=torch.get_num_threads(),
            default_dtype=str(torch.get_default_dtype()).removeprefix("torch."),
            float32_matmul_precision=_float32_matmul_precision(),
            flags={name: value for name, value in flags.items() if value is not None},
            attention={
                name: getattr(torch.backends.cuda, f"{name}_sdp_enabled")() for name in _ATTENTION
            },
            deterministic_algorithms=torch.are_deterministic_algorithms_enabled(),
            deterministic_warn_only=torch.is_deterministic_algorithms_warn_only_enabled(),
        )

    def apply(self) -> None:
        """Makes them the settings of this process."""
        torch.set_num_threads(self.threads)
        torch.set_default_dtype(getattr(torch, self.default_dtype))
        if self.float32_matmul_precision is not None:
            torch.set_float32_matmul_precision(self.float32_matmul_precision)
        for name, value in self.flags.items():
            owner, _, attribute = name.rpartition(".")
            setattr(attrgetter(owner)(torch), attribute, value)
        for name, enabled in self.attention.items():
            getattr(torch.backends.cuda, f"enable_{name}_sdp")(enabled)
        torch.use_deterministic_algorithms(
            self.deterministic_algorithms, warn_only=self.deterministic_warn_only
        )


@contextmanager
def settings_put_back() -> Iterator[None]:
    """Whatever the code inside sets, the settings of this process are afterwards as they were."""
    before = TorchSettings.here()
    try:
        yield
    finally:
        if TorchSettings.here() != before:
            before.apply()


def _value(name: str) -> bool | int | str | None:
    try:
        value: bool | int | str | None = attrgetter(name)(torch)
    except AttributeError:
        return None
    return value


def _float32_matmul_precision() -> str | None:
    # torch refuses to tell once the precision of a single backend has been set.
    try:
        return torch.get_float32_matmul_precision()
    except RuntimeError:
        return None
