"""What a timed loop has measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from types import MappingProxyType
from typing import Literal

import numpy as np
import numpy.typing as npt

from pytimer import require

FloatArray = npt.NDArray[np.float64]

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
    """

    clock: ClockName
    columns: Mapping[str, FloatArray]
    chunk_starts: tuple[int, ...] = ()
    marks: npt.NDArray[np.uint8] | None = None
    round_starts: tuple[int, ...] = ()

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
        for array in (*self.columns.values(), self.marks):
            if array is not None:
                array.setflags(write=False)
        object.__setattr__(self, "columns", MappingProxyType(dict(self.columns)))

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
        """Series of one clock, one after another, each as a round; without marks."""
        names = [name for name in COLUMNS if all(name in part.columns for part in parts)]
        columns = {name: np.concatenate([part.columns[name] for part in parts]) for name in names}
        starts = np.cumsum([0, *(len(part) for part in parts[:-1])])
        return Samples(parts[0].clock, columns, round_starts=tuple(int(i) for i in starts))

    def marked(self, mark: Mark) -> int:
        """How many samples have that mark."""
        return 0 if self.marks is None else int(np.count_nonzero(self.marks == mark))

    def first(self, count: int) -> Samples:
        """The first `count` samples."""
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
            (self.clock, self.chunk_starts, self.round_starts)
            == (other.clock, other.chunk_starts, other.round_starts)
            and self.columns.keys() == other.columns.keys()
            and all(np.array_equal(self.columns[key], other.columns[key]) for key in self.columns)
            and _equal(self.marks, other.marks)
        )

    def _column_or_host(self, name: str) -> FloatArray | None:
        return self.columns.get("host_s" if self.clock == "host" else name)


def _equal(one: npt.NDArray[np.uint8] | None, other: npt.NDArray[np.uint8] | None) -> bool:
    if one is None or other is None:
        return one is other
    return np.array_equal(one, other)
