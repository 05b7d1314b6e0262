"""What a timed loop has measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from pytimer import require
from pytimer.fields import added

# In the words of numpy itself: `numpy.typing.NDArray` is another thing in each of its versions, and
# `codec` looks inside.
FloatArray = np.ndarray[Any, np.dtype[np.float64]]
ByteArray = np.ndarray[Any, np.dtype[np.uint8]]
CountArray = np.ndarray[Any, np.dtype[np.int64]]

ClockName = Literal["host", "device"]

COLUMNS = ("host_s", "enqueue_s", "device_s", "drain_s", "finish_s")


class Mark(IntEnum):
    """Whether a queued sample holds the device's work alone."""

    HOST_BOUND = 0
    """The spin was over before the call was on the stream: the device may have waited."""
    CLEAN = 1
    """The call was on the stream before the device began it."""
    QUEUE_FULL = 2
    """More launches than the launch queue holds: the host was blocked until the spin was over."""


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """One entry per repetition and column, float64 seconds, read-only, shape (repetitions,).

    Attributes:
        clock: "host" (the steady clock alone) or "device" (events on the call's stream as well).
        columns: the measured columns by name; see the properties.
        chunk_starts: indices of the samples before which the loop paused, for example to show its
            progress; untimed calls were made after each pause.
        round_starts: indices of the first sample of each round; empty where there was one round.
        marks: a `Mark` for each repetition, shape (repetitions,); None unless queued.
        block: calls per entry. Above 1 an entry is the mean of a block of so many calls in a row,
            arrays have the shape (blocks,), and `chunk_starts` are the blocks in which a pause was.
        last_block: calls of the last entry; None: as many as of the others.
        variances: of the calls in each block (ddof = 0), s², by column; None where entries are
            single calls.
    """

    clock: ClockName
    columns: Mapping[str, FloatArray]
    chunk_starts: tuple[int, ...] = ()
    marks: ByteArray | None = None
    round_starts: tuple[int, ...] = ()
    block: int = added(1)
    last_block: int | None = added(None)
    variances: Mapping[str, FloatArray] | None = added(None)

    def __post_init__(self) -> None:
        lengths = {len(column) for column in self.columns.values()}
        if unknown := set(self.columns) - set(COLUMNS):
            raise ValueError(f"columns must be among {', '.join(COLUMNS)}, got {unknown}")
        if len(lengths) > 1:
            raise ValueError(f"columns must have one length, got {sorted(lengths)}")
        if self.marks is not None and len(self.marks) != len(self):
            raise ValueError(f"expected {len(self)} marks, got {len(self.marks)}")
        for name in ("chunk_starts", "round_starts"):
            require.ascending_within(name, getattr(self, name), len(self))
        if not 1 <= (self.last_block or 1) <= self.block:
            raise ValueError(
                f"expected a last block of 1 to {self.block} calls, got {self.last_block}"
            )
        variances = self.variances or {}
        shapes = {name: len(column) for name, column in self.columns.items()}
        if shapes != {name: len(x) for name, x in variances.items()} and (
            self.block > 1 or variances
        ):
            raise ValueError("expected a variance for each block and column")
        for array in (*self.columns.values(), *variances.values(), self.marks):
            if array is not None:
                array.setflags(write=False)
        object.__setattr__(self, "columns", MappingProxyType(dict(self.columns)))
        if self.variances is not None:
            object.__setattr__(self, "variances", MappingProxyType(dict(variances)))

    @property
    def calls(self) -> int:
        """How many calls the entries are of; as many as entries where each is one call."""
        shorter = 0 if self.last_block is None else self.block - self.last_block
        return len(self) * self.block - shorter

    @property
    def calls_of_each(self) -> CountArray:
        """How many calls each entry is of, shape (entries,)."""
        counts = np.full(len(self), self.block)
        if self.last_block is not None:
            counts[-1:] = self.last_block
        return counts

    @property
    def words(self) -> str:
        """What the entries are."""
        return "samples" if self.block == 1 else f"means of blocks of {self.block} calls"

    @property
    def host_s(self) -> FloatArray | None:
        """Host time: until the host knew that the call's work was done; None where not measured."""
        return self.columns.get("host_s")

    @property
    def enqueue_s(self) -> FloatArray | None:
        """Enqueue time: until the call returned; on the host clock the same array as `host_s`."""
        return self._column_or_host("enqueue_s")

    @property
    def device_s(self) -> FloatArray | None:
        """Device time: stop event minus start event; on the host clock the same as `host_s`."""
        return self._column_or_host("device_s")

    @property
    def drain_s(self) -> FloatArray | None:
        """After the call's own work was done, until the whole device was idle; None on the host."""
        return self.columns.get("drain_s")

    @property
    def finish_s(self) -> FloatArray | None:
        """From the opening of the window until the call's work was done; None unless pipelined."""
        return self.columns.get("finish_s")

    @property
    def latency_s(self) -> FloatArray:
        """The headline: device time, or host time on the host clock."""
        column = self.device_s
        return np.empty(0) if column is None else column

    @staticmethod
    def joined(parts: Sequence[Samples]) -> Samples:
        """Series of one clock, one after another, each that is not empty as a round; no marks."""
        parts = [part for part in parts if len(part)] or parts[:1]
        names = [name for name in COLUMNS if all(name in part.columns for part in parts)]
        columns = {name: np.concatenate([part.columns[name] for part in parts]) for name in names}
        starts = np.cumsum([0, *(len(part) for part in parts[:-1])])
        return Samples(parts[0].clock, columns, round_starts=tuple(int(i) for i in starts))

    def marked(self, mark: Mark) -> int:
        """How many samples have that mark."""
        return 0 if self.marks is None else int(np.count_nonzero(self.marks == mark))

    def first(self, count: int) -> Samples:
        """The first `count` samples, of single calls."""
        return replace(
            self,
            columns={name: column[:count] for name, column in self.columns.items()},
            chunk_starts=tuple(start for start in self.chunk_starts if start < count),
            marks=None if self.marks is None else self.marks[:count],
            round_starts=tuple(start for start in self.round_starts if start < count),
        )

    def with_late_as(self, mark: Mark) -> Samples:
        """The same samples with that mark instead of HOST_BOUND."""
        if self.marks is None:
            return self
        late = self.marks == Mark.HOST_BOUND
        return replace(self, marks=np.where(late, np.uint8(mark), self.marks))

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Samples):
            return NotImplemented
        return (
            (self.clock, self.chunk_starts, self.round_starts, self.block, self.last_block)
            == (other.clock, other.chunk_starts, other.round_starts, other.block, other.last_block)
            and _equal_by_name(self.columns, other.columns)
            and _equal_by_name(self.variances or {}, other.variances or {})
            and _equal(self.marks, other.marks)
        )

    def _column_or_host(self, name: str) -> FloatArray | None:
        return self.columns.get("host_s" if self.clock == "host" else name)


def _equal_by_name(one: Mapping[str, FloatArray], other: Mapping[str, FloatArray]) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[k], other[k]) for k in one)


def _equal(one: ByteArray | None, other: ByteArray | None) -> bool:
    if one is None or other is None:
        return one is other
    return np.array_equal(one, other)
