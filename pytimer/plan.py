"""What is to be measured, and how: plans, checked when they are made."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, TypeVar

from pytimer import require
from pytimer.errors import PlanError, shown
from pytimer.fields import added


class Mode(StrEnum):
    """How calls follow each other."""

    ISOLATED = "isolated"
    """Each call begins on an idle device and is waited for: how long does one request take?"""
    QUEUED = "queued"
    """Each call is put on the stream while the device spins: how long does the device work?"""
    PIPELINED = "pipelined"
    """Calls are issued without waiting in between: what is the steady rate?"""


class Call(StrEnum):
    """How the model is called."""

    AUTO = "auto"
    """AOTInductor packages and TorchScript modules without Python, all else as EAGER."""
    EAGER = "eager"
    """As the Python callable it is."""
    AOTI = "aoti"
    """Compiled by AOTInductor first, and called without Python."""
    TORCHSCRIPT = "torchscript"
    """Traced by TorchScript first, and called without Python."""
    GRAPH = "graph"
    """Captured once into a CUDA graph, which is replayed."""


class Cache(StrEnum):
    """What the last-level cache holds when a repetition begins."""

    WARM = "warm"
    """What the repetition before has left."""
    COLD = "cold"
    """Nothing of the model: it is flushed before each repetition, untimed."""


class Loop(StrEnum):
    """The engine that makes and times the calls."""

    NATIVE = "native"
    """The C++ loop."""
    PYTHON = "python"
    """The article's Python loop, for comparison and for devices without a native clock."""


class Strategy(StrEnum):
    """How the largest batch size is searched."""

    GUIDED = "guided"
    """Memory peaks predict the limit; exact all the same."""
    BINARY = "binary"
    """Doubling until a size fails, then bisection."""
    SEQUENTIAL = "sequential"
    """One by one."""


def check_count(name: str, value: object, least: int, hint: str = "") -> None:
    """Raises PlanError unless `value` is an integer of at least `least`, of 64 bits."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise PlanError(
            f"{name} must be an integer ≥ {least}, got {shown(value)}{hint and '; '}{hint}"
        )
    if value > require.MOST_INTEGER:
        raise PlanError(f"{name} must be an integer of 64 bits, got {shown(value)}")


def check_flag(name: str, value: object) -> None:
    """Raises PlanError unless `value` is True or False."""
    if not isinstance(value, bool):
        raise PlanError(f"{name} must be True or False, got {shown(value)}")


def check_sizes(name: str, values: object, least: int) -> None:
    """Raises PlanError unless `values` is a tuple of integers of at least `least`."""
    if not isinstance(values, tuple):
        raise PlanError(f"{name} must be a tuple of integers, got {shown(values)}")
    for value in values:
        check_count(name, value, least)


def is_positive(value: object) -> bool:
    """Whether it is a number above 0 that a result can hold, as a float."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 < value <= require.MOST and value == float(value)


def check_positive(name: str, value: object, unit: str) -> None:
    """Raises PlanError unless `value` is None or a positive finite number of `unit`."""
    if value is None:
        return
    if not is_positive(value):
        raise PlanError(f"{name} must be a positive number of {unit} or None, got {shown(value)}")


def check_fraction(name: str, value: object, example: str) -> None:
    """Raises PlanError unless `value` is a float between 0 and 1."""
    if not isinstance(value, float) or not 0 < value < 1:
        raise PlanError(
            f"{name} must be a fraction between 0 and 1 ({example}), got {shown(value)}"
        )


def check_margin(margin: object) -> None:
    """Raises PlanError unless `margin` is a fraction between 0 and 1."""
    check_fraction("margin", margin, "0.01 is 1 %")


Choice = TypeVar("Choice", bound=StrEnum)


def choose(kind: type[Choice], name: str, value: object, *also: str) -> Choice:
    """The member of `kind` named `value`; PlanError names the choices, and those in `also`."""
    if isinstance(value, str) and value in list(kind):
        return kind(value)
    choices = ", ".join([*kind, *also])
    raise PlanError(f"{name} must be one of {choices}, got {shown(value)}")


def choose_in(plan: object, **kinds: type[StrEnum]) -> None:
    """Puts into each of these fields of a plan the member that its value names; as `choose`."""
    for name, kind in kinds.items():
        object.__setattr__(plan, name, choose(kind, name, getattr(plan, name)))


@dataclass(frozen=True, slots=True)
class LatencyPlan:
    """How latency is measured.

    Attributes:
        warm_up: calls before the first sample, on the same path (the article: 10).
        repetitions: samples (the article: 300).
        max_seconds: stop after this long with fewer samples; None: no limit.
        precision: go on beyond `repetitions` until half the width of the median's interval is at
            most this fraction of the median; None: stop at `repetitions`.
        rounds: spread the repetitions over so many rounds, with pauses between.
        max_samples: where there are more repetitions, keep the means of at most so many blocks;
            None: keep every one.
    """

    mode: Mode = Mode.ISOLATED
    call: Call = Call.AUTO
    cache: Cache = Cache.WARM
    loop: Loop = Loop.NATIVE
    warm_up: int = 10
    repetitions: int = 300
    max_seconds: float | None = None
    precision: float | None = None
    rounds: int = 1
    max_samples: int | None = added(None)

    def __post_init__(self) -> None:
        choose_in(self, mode=Mode, call=Call, cache=Cache, loop=Loop)
        check_count("rounds", self.rounds, 1)
        if self.rounds > 1 and (self.mode is Mode.PIPELINED or self.precision is not None):
            raise PlanError("rounds go with modes isolated and queued, and without a precision")
        if self.mode is Mode.PIPELINED and self.precision is not None:
            raise PlanError("mode pipelined has one window and no interval: leave precision out")
        if self.mode is Mode.QUEUED and self.loop is Loop.PYTHON:
            raise PlanError("mode queued needs loop native: the Python loop cannot launch the spin")
        if self.mode is Mode.PIPELINED and self.cache is Cache.COLD:
            raise PlanError("mode pipelined has no idle moment to flush the cache: use cache warm")
        check_count("warm_up", self.warm_up, 0)
        check_count("repetitions", self.repetitions, 1, "p99 needs at least 100")
        check_positive("max_seconds", self.max_seconds, "seconds")
        if self.rounds > self.repetitions:
            raise PlanError(
                f"rounds must be at most the repetitions, got {self.rounds} and {self.repetitions}"
            )
        check_positive("precision", self.precision, "1 (0.01 is 1 %)")
        if self.max_samples is not None:
            check_count("max_samples", self.max_samples, 1)
            if self.mode is not Mode.ISOLATED or self.precision is not None or self.rounds > 1:
                raise PlanError(
                    "max_samples keeps means of blocks of isolated calls; leave it out with "
                    f"another mode, a precision or rounds (got mode {self.mode}, "
                    f"precision {self.precision}, {self.rounds} rounds)"
                )

    @property
    def block(self) -> int:
        """How many calls a kept sample is the mean of; 1: each is a single call."""
        return 1 if self.max_samples is None else math.ceil(self.repetitions / self.max_samples)

    @classmethod
    def parse(cls, *, mode: str, call: str, cache: str, loop: str, **counts: Any) -> LatencyPlan:
        """The plan of these names; mode "graph" is short for mode queued with call graph."""
        if mode == Call.GRAPH:
            if call not in (Call.AUTO, Call.GRAPH):
                raise PlanError(f"mode graph replays a graph, got call {call!r}; use call auto")
            mode, call = Mode.QUEUED, Call.GRAPH
        return cls(
            choose(Mode, "mode", mode, Call.GRAPH),
            choose(Call, "call", call),
            choose(Cache, "cache", cache),
            choose(Loop, "loop", loop),
            **counts,
        )


@dataclass(frozen=True, slots=True)
class PairPlan:
    """How two models are compared.

    Attributes:
        pairs: samples of each.
        seed: of the order within the pairs.
        warm_up: pairs before the first sample.
        margin: ratios within 1 ± margin count as the same.
    """

    pairs: int = 300
    seed: int = 0
    warm_up: int = 10
    margin: float = 0.01

    def __post_init__(self) -> None:
        check_count("pairs", self.pairs, 1, "a verdict needs at least 6")
        check_count("seed", self.seed, 0)
        check_count("warm_up", self.warm_up, 0)
        check_margin(self.margin)


@dataclass(frozen=True, slots=True)
class LoopsPlan:
    """How the Python loop is compared with the native loop.

    Attributes:
        rounds: of both loops in turn, in random order.
        margin: ratios of latencies within 1 ± margin count as the same.
        seed: of the order.
    """

    rounds: int = 30
    margin: float = 0.01
    seed: int = 0

    def __post_init__(self) -> None:
        check_count("rounds", self.rounds, 6, "the interval of a median needs as many")
        check_margin(self.margin)
        check_count("seed", self.seed, 0)


@dataclass(frozen=True, slots=True)
class MistakesPlan:
    """How mistakes are measured beside the correct way.

    Attributes:
        repetitions: samples of each way, over all rounds.
        rounds: of all ways in turn, in random order; intervals are over them.
        warm_up: calls of each way before the first round; in the cold process, those told apart.
        batch_sizes: among which the largest is compared with the fastest.
        seed: of the order.
    """

    repetitions: int = 100
    rounds: int = 10
    warm_up: int = 10
    batch_sizes: tuple[int, ...] = (1, 2, 4, 8, 16)
    seed: int = 0

    def __post_init__(self) -> None:
        check_count("rounds", self.rounds, 1, "an interval needs at least 2")
        check_count("repetitions", self.repetitions, self.rounds, "one in each round")
        check_count("warm_up", self.warm_up, 1, "a cold start is told from what comes after it")
        check_sizes("batch_sizes", self.batch_sizes, 1)
        if len(set(self.batch_sizes)) < 2:
            raise PlanError(
                f"batch_sizes must name at least two sizes to compare, got {self.batch_sizes!r}"
            )
        check_count("seed", self.seed, 0)


@dataclass(frozen=True, slots=True)
class BatchSizePlan:
    """How the largest batch size is searched.

    Attributes:
        max_batch_size: never try more than this; None: the device's own default.
        memory_limit_bytes: memory that the calls may take beyond what is in use before; None: all
            of a GPU's memory, or half of the memory available on the host.
        max_seconds: stop probing after this long; None: no limit.
        multiple_of: only multiples of this are tried.
        margin: fraction of the limit to stay away from it; the size found is smaller by that.
        isolate: whether sizes are tried in a worker process; None: on the host where that can be
            done, not on a GPU.
        calls_per_probe: calls made at each size; the last is timed.
    """

    strategy: Strategy = Strategy.GUIDED
    max_batch_size: int | None = None
    memory_limit_bytes: int | None = None
    max_seconds: float | None = None
    multiple_of: int = 1
    margin: float = 0.0
    isolate: bool | None = None
    calls_per_probe: int = 2

    def __post_init__(self) -> None:
        choose_in(self, strategy=Strategy)
        if self.isolate is not None:
            check_flag("isolate", self.isolate)
        if self.max_batch_size is not None:
            check_count("max_batch_size", self.max_batch_size, 1)
        if self.memory_limit_bytes is not None:
            check_count("memory_limit_bytes", self.memory_limit_bytes, 1)
        check_positive("max_seconds", self.max_seconds, "seconds")
        check_count("multiple_of", self.multiple_of, 1)
        if self.max_batch_size is not None and self.max_batch_size < self.multiple_of:
            raise PlanError(
                f"max_batch_size must be at least multiple_of, got {self.max_batch_size} and "
                f"{self.multiple_of}"
            )
        is_number = isinstance(self.margin, int | float) and not isinstance(self.margin, bool)
        if not is_number or not 0 <= self.margin < 1:
            raise PlanError(
                f"margin must be a fraction from 0 to below 1, got {shown(self.margin)}"
            )
        check_count("calls_per_probe", self.calls_per_probe, 1)


@dataclass(frozen=True, slots=True)
class Extras:
    """What untimed calls after the samples are made for; see `measure_latency`."""

    audit: bool = True
    flop: bool = True
    peak_flop_per_s: float | None = None

    def __post_init__(self) -> None:
        check_positive("peak_flop_per_s", self.peak_flop_per_s, "FLOP/s")


@dataclass(frozen=True, slots=True)
class ThroughputPlan:
    """How throughput is measured.

    Attributes:
        batch_size: items in one call, or "auto": the fastest of a sweep up to the memory limit.
        batches: calls in the window (the article: 100), of all threads together.
        warm_up: calls at that batch size before the window, in each thread.
        concurrency: threads that make calls at the same time, each on a stream of its own.
        host_to_device: whether each call's inputs are copied from the host first, overlapped.
    """

    batch_size: int | Literal["auto"] = "auto"
    batches: int = 100
    loop: Loop = Loop.NATIVE
    warm_up: int = 10
    concurrency: int = 1
    host_to_device: bool = False

    def __post_init__(self) -> None:
        choose_in(self, loop=Loop)
        check_flag("host_to_device", self.host_to_device)
        if not (isinstance(self.batch_size, str) and self.batch_size == "auto"):
            check_count("batch_size", self.batch_size, 1, 'or "auto"')
        check_count("batches", self.batches, 1)
        check_count("warm_up", self.warm_up, 0)
        check_count("concurrency", self.concurrency, 1)
        if self.batches < self.concurrency:
            raise PlanError(
                f"batches must be at least the concurrency, got {self.batches} and "
                f"{self.concurrency}"
            )


@dataclass(frozen=True, slots=True)
class SweepPlan:
    """How latency and throughput are measured over batch sizes.

    Attributes:
        batch_sizes: sizes to measure; None: powers of two up to the largest that fits, that one,
            and more around the fastest.
        rounds: all sizes are measured in turn, so many times, so that what drifts is in all.
        repetitions: isolated calls of each size, over all rounds.
        batches: pipelined calls of each size, over all rounds.
        warm_up: calls of each size in each round before it is measured.
        seconds_per_size: fewer calls where these would take longer, at least one in a round.
        max_latency_s: the latency that `percentile` must not exceed; None: no bound.
        percentile: fraction; 0.99 is the 99th percentile.
    """

    batch_sizes: tuple[int, ...] | None = None
    loop: Loop = Loop.NATIVE
    rounds: int = 5
    repetitions: int = 100
    batches: int = 100
    warm_up: int = 2
    seconds_per_size: float = 4.0
    max_latency_s: float | None = None
    percentile: float = 0.99

    def __post_init__(self) -> None:
        choose_in(self, loop=Loop)
        if self.batch_sizes is not None:
            check_sizes("batch_sizes", self.batch_sizes, 1)
        if self.batch_sizes == ():
            raise PlanError('batch_sizes must name at least one size, or be "auto"; got none')
        check_count("rounds", self.rounds, 1, "an interval needs at least 2")
        check_count("repetitions", self.repetitions, self.rounds)
        check_count("batches", self.batches, self.rounds)
        check_count("warm_up", self.warm_up, 0)
        if not is_positive(self.seconds_per_size):
            raise PlanError(
                "seconds_per_size must be a positive number of seconds, got "
                f"{shown(self.seconds_per_size)}"
            )
        check_positive("max_latency_s", self.max_latency_s, "seconds")
        check_fraction("percentile", self.percentile, "0.99 is p99")
