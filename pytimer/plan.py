"""What is to be measured, and how: plans, checked when they are made."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeVar

from pytimer.errors import PlanError


class Mode(StrEnum):
    """How calls follow each other."""

    ISOLATED = "isolated"
    """Each call begins on an idle device and is waited for: how long does one request take?"""
    PIPELINED = "pipelined"
    """Calls are issued without waiting in between: what is the steady rate?"""


class Loop(StrEnum):
    """The engine that makes and times the calls."""

    NATIVE = "native"
    """The C++ loop."""
    PYTHON = "python"
    """The article's Python loop, for comparison and for devices without a native clock."""


class Strategy(StrEnum):
    """How the largest batch size is searched."""

    BINARY = "binary"
    """Doubling until a size fails, then bisection."""
    SEQUENTIAL = "sequential"
    """One by one."""


def check_count(name: str, value: object, least: int, hint: str = "") -> None:
    """Raises PlanError unless `value` is an integer of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise PlanError(f"{name} must be an integer ≥ {least}, got {value!r}{hint and '; '}{hint}")


def check_positive(name: str, value: object, unit: str) -> None:
    """Raises PlanError unless `value` is None or a positive finite number of `unit`."""
    if value is None:
        return
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 < float(value) < float("inf"):  # type: ignore[arg-type]
        raise PlanError(f"{name} must be a positive number of {unit} or None, got {value!r}")


Choice = TypeVar("Choice", bound=StrEnum)


def choose(kind: type[Choice], name: str, value: str) -> Choice:
    """The member of `kind` named `value`; PlanError names the choices."""
    try:
        return kind(value)
    except ValueError:
        choices = ", ".join(kind)
        raise PlanError(f"{name} must be one of {choices}, got {value!r}") from None


@dataclass(frozen=True, slots=True)
class LatencyPlan:
    """How latency is measured.

    Attributes:
        warm_up: calls before the first sample, on the same path (the article: 10).
        repetitions: samples (the article: 300).
    """

    mode: Mode = Mode.ISOLATED
    loop: Loop = Loop.NATIVE
    warm_up: int = 10
    repetitions: int = 300

    def __post_init__(self) -> None:
        if self.mode is not Mode.ISOLATED:
            raise PlanError(
                f"mode must be isolated for latency, got {self.mode}; "
                "measure_throughput measures pipelined calls"
            )
        check_count("warm_up", self.warm_up, 0)
        check_count("repetitions", self.repetitions, 1, "p99 needs at least 100")


@dataclass(frozen=True, slots=True)
class BatchSizePlan:
    """How the largest batch size is searched.

    Attributes:
        max_batch_size: never try more than this; None: the device's own default.
        memory_limit_bytes: memory that the calls may take beyond what is in use before; None: all
            of a GPU's memory, or half of the memory available on the host.
        min_rate_gain: stop when a larger batch raises the items per second by less than this
            fraction; None: go on to the memory limit, as the article does.
        max_seconds: stop probing after this long; None: no limit.
        calls_per_probe: calls made at each size; the last is timed.
    """

    strategy: Strategy = Strategy.BINARY
    max_batch_size: int | None = None
    memory_limit_bytes: int | None = None
    min_rate_gain: float | None = None
    max_seconds: float | None = None
    calls_per_probe: int = 2

    def __post_init__(self) -> None:
        if self.max_batch_size is not None:
            check_count("max_batch_size", self.max_batch_size, 1)
        if self.memory_limit_bytes is not None:
            check_count("memory_limit_bytes", self.memory_limit_bytes, 1)
        check_positive("min_rate_gain", self.min_rate_gain, "1 (0.05 is 5 %)")
        check_positive("max_seconds", self.max_seconds, "seconds")
        check_count("calls_per_probe", self.calls_per_probe, 1)


@dataclass(frozen=True, slots=True)
class ThroughputPlan:
    """How throughput is measured.

    Attributes:
        batch_size: items in one call, or "auto": the largest that fits.
        batches: calls in the window (the article: 100).
        warm_up: calls at that batch size before the window.
    """

    batch_size: int | Literal["auto"] = "auto"
    batches: int = 100
    loop: Loop = Loop.NATIVE
    warm_up: int = 10

    def __post_init__(self) -> None:
        if self.batch_size != "auto":
            check_count("batch_size", self.batch_size, 1, 'or "auto"')
        check_count("batches", self.batches, 1)
        check_count("warm_up", self.warm_up, 0)
