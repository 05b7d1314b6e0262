"""What a server has seen of its requests."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pytimer.samples import FloatArray, Samples


@dataclass(frozen=True, slots=True, eq=False)
class Requests:
    """One entry per finished request, in the order of arrival, seconds since the server opened.

    Each array is float64, read-only, of shape (requests,). They hold whole nanoseconds of the host
    clock, and so do the differences below.

    Attributes:
        arrival_s: when the request was to arrive, by the schedule.
        start_s: when the server made its call.
        finish_s: when its work was done.
        free_s: when the server could take the next one: what the call returned is dropped.
    """

    arrival_s: FloatArray
    start_s: FloatArray
    finish_s: FloatArray
    free_s: FloatArray

    def __post_init__(self) -> None:
        columns = (self.arrival_s, self.start_s, self.finish_s, self.free_s)
        if len({len(column) for column in columns}) > 1:
            raise ValueError(f"columns must have one length, got {[len(c) for c in columns]}")
        for column in columns:
            column.setflags(write=False)

    @property
    def latency_s(self) -> FloatArray:
        """From the scheduled arrival until the work was done: wait and call."""
        return _between(self.arrival_s, self.finish_s)

    @property
    def wait_s(self) -> FloatArray:
        """From the scheduled arrival until the call was made."""
        return _between(self.arrival_s, self.start_s)

    @property
    def service_s(self) -> FloatArray:
        """How long the request occupied the server."""
        return _between(self.start_s, self.free_s)

    @property
    def call_s(self) -> FloatArray:
        """From the call until its work was done."""
        return _between(self.start_s, self.finish_s)

    @property
    def found_idle(self) -> npt.NDArray[np.bool_]:
        """Whether the server was free when the request arrived, shape (requests,)."""
        before = np.concatenate([[0.0], self.free_s[:-1]])[: len(self)]
        return self.arrival_s >= before

    @property
    def lateness_s(self) -> FloatArray:
        """The waits of requests that found the server idle: the scheduler's own delay."""
        return self.wait_s[self.found_idle]

    @property
    def samples(self) -> Samples:
        """The calls as samples of host time."""
        return Samples("host", {"host_s": self.call_s})

    def __len__(self) -> int:
        return len(self.arrival_s)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Requests):
            return NotImplemented
        return (
            np.array_equal(self.arrival_s, other.arrival_s)
            and np.array_equal(self.start_s, other.start_s)
            and np.array_equal(self.finish_s, other.finish_s)
            and np.array_equal(self.free_s, other.free_s)
        )


def _between(begin_s: FloatArray, end_s: FloatArray) -> FloatArray:
    ticks: FloatArray = np.rint(end_s * 1e9) - np.rint(begin_s * 1e9)
    return ticks / 1e9
