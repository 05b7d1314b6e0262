"""What a call computes, at what rate, and the energy it takes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from pytimer import require
from pytimer.caveats import Caveat

COUNTER_STEP_S = 0.1
"""NVML's energy counter moves every 20 to 100 ms."""

LEAST_WINDOW_S = 2.0
"""Over which such a step is 5 %."""


@dataclass(frozen=True, slots=True)
class NotAvailable:
    """A value that there is not.

    Attributes:
        reason: why, and what to do about it where something can be done.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class FlopPart:
    """The FLOP of one kind of operation in one dtype.

    Attributes:
        kind: "matmul" stands for attention too.
        dtype: of the operands, such as "float16".
    """

    kind: Literal["matmul", "convolution"]
    dtype: str
    flop: int


@dataclass(frozen=True, slots=True)
class Flop:
    """The floating-point operations of one call: FLOP, not MAC. A multiply-add is 2.

    Attributes:
        parts: what was counted, at least one.
        uncounted: operations that compute as well and for which torch has no formula: where there
            are some, the call does more than `total`.
        counted_on: what was called to count: the "call" itself; the "eager" model, for a CUDA graph
            or compiled code; or the "reference" of a model that runs without Python.
    """

    parts: tuple[FlopPart, ...]
    uncounted: tuple[str, ...]
    counted_on: Literal["call", "eager", "reference"]

    @property
    def total(self) -> int:
        return sum(part.flop for part in self.parts)


@dataclass(frozen=True, slots=True)
class Peak:
    """The most FLOP that the device does in a second.

    Attributes:
        source: who says so: the title of a datasheet, or "stated by you".
    """

    flop_per_s: float
    source: str

    def __post_init__(self) -> None:
        require.positive(flop_per_s=self.flop_per_s)


@dataclass(frozen=True, slots=True)
class Energy:
    """What the whole device used over one window of calls, other processes included.

    Attributes:
        joules: difference of the device's own counter.
        window_s: how long, seconds; at least 2.
        calls: made in the window.
    """

    joules: float
    window_s: float
    calls: int

    def __post_init__(self) -> None:
        require.positive(window_s=self.window_s, calls=self.calls)

    @property
    def joules_per_call(self) -> float:
        return self.joules / self.calls

    @property
    def resolution(self) -> float:
        """The fraction of the window that one step of the counter may be."""
        return COUNTER_STEP_S / self.window_s

    @property
    def watts(self) -> float:
        """The mean power."""
        return self.joules / self.window_s


@dataclass(frozen=True, slots=True)
class Work:
    """What one call computes, what the device could, and the energy used."""

    flop: Flop | NotAvailable
    peak: Peak | NotAvailable
    energy: Energy | NotAvailable

    def flop_per_s(self, call_s: float | None) -> float | None:
        """The FLOP of a call ÷ the seconds of a call; None where either is missing or 0."""
        if isinstance(self.flop, NotAvailable) or not call_s:
            return None
        return self.flop.total / call_s

    def utilisation(self, call_s: float | None) -> float | None:
        """That rate as a fraction of the peak; None where either is not known."""
        rate = self.flop_per_s(call_s)
        if rate is None or isinstance(self.peak, NotAvailable):
            return None
        return rate / self.peak.flop_per_s

    def caveats(self, call_s: float | None) -> tuple[Caveat, ...]:
        """One where the rate is beyond the peak."""
        utilisation = self.utilisation(call_s)
        if utilisation is None or utilisation <= 1 or isinstance(self.peak, NotAvailable):
            return ()
        return (
            Caveat(
                "beyond-peak",
                f"the call achieves {utilisation:.0%} of the peak ({self.peak.source}): the peak "
                "is not the one of this device and dtype, or the call does not do all that was "
                "counted",
                "state the right peak (--peak-flops)",
            ),
        )


def energy_between(
    begin_j: float | NotAvailable,
    end_j: float | NotAvailable,
    *,
    window_s: float,
    calls: int,
    option: str,
) -> Energy | NotAvailable:
    """The energy of a window from the counter at its edges.

    Args:
        begin_j, end_j: the counter, joules, or why it could not be read.
        option: the one that makes the window longer, such as "--batches".
    """
    if isinstance(begin_j, NotAvailable):
        return begin_j
    if isinstance(end_j, NotAvailable):
        return end_j
    if window_s < LEAST_WINDOW_S:
        enough = math.ceil(calls * LEAST_WINDOW_S / window_s)
        return NotAvailable(
            f"the window of {window_s:.4g} s is shorter than {LEAST_WINDOW_S:.0f} s, which the "
            f"counter needs; raise {option} to {enough + math.ceil(enough / 10)}"
        )
    return Energy(end_j - begin_j, window_s, calls)


READ_OVER_ONE_WINDOW = NotAvailable(
    "it is read over one window of calls; use mode pipelined, or throughput"
)
