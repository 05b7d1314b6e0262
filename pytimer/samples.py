"""What a timed loop has measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
ClockName = Literal["host", "device"]

COLUMNS = ("host_s", "enqueue_s", "device_s", "drain_s")


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """One entry per repetition and column, float64 seconds, read-only, shape (repetitions,).

    Attributes:
        clock: "host" (the steady clock alone) or "device" (events on the call's stream as well).
        columns: the measured columns by name; see the properties.
        chunk_starts: indices of the samples before which the loop paused, for example to show its
            progress; untimed calls were made after each pause.
    """

    clock: ClockName
    columns: Mapping[str, FloatArray]
    chunk_starts: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        lengths = {len(column) for column in self.columns.values()}
        if unknown := set(self.columns) - set(COLUMNS):
            raise ValueError(f"columns must be among {', '.join(COLUMNS)}, got {unknown}")
        if len(lengths) > 1:
            raise ValueError(f"columns must have one length, got {sorted(lengths)}")
        for column in self.columns.values():
            column.setflags(write=False)
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
    def latency_s(self) -> FloatArray:
        """The headline: device time, or host time on the host clock."""
        column = self.device_s
        return np.empty(0) if column is None else column

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Samples):
            return NotImplemented
        return (
            (self.clock, self.chunk_starts) == (other.clock, other.chunk_starts)
            and self.columns.keys() == other.columns.keys()
            and all(np.array_equal(self.columns[key], other.columns[key]) for key in self.columns)
        )

    __hash__ = None  # type: ignore[assignment]

    def _column_or_host(self, name: str) -> FloatArray | None:
        return self.columns.get("host_s" if self.clock == "host" else name)
