"""A batch size that was tried, and what tries it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from pytimer.devices import MemoryPeak
from pytimer.probing.failures import Failure

MakeInputs = Callable[[int], Any]
"""Makes the inputs of a call for a batch size."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One batch size that was tried.

    Attributes:
        failure: None where it fitted.
        error: the text of what was raised; empty where it fitted.
        call_s: host time of the last call; None where it did not fit. In a worker, whose memory
            settings make calls slower, no measure of latency.
        probe_s: host time of the whole probe, inputs and cleaning up included.
        peak_bytes: memory above the level before the search; None where the system does not tell.
        memory: the most memory in use, in all.
        predicted: the limit that the memory of the sizes before predicted; None where none was.
        in_worker: whether a worker process made the calls.
        afresh: whether it was the first size that worker tried, to confirm an answer.
    """

    batch_size: int
    failure: Failure | None
    error: str
    call_s: float | None
    probe_s: float
    peak_bytes: int | None
    memory: MemoryPeak
    predicted: int | None = None
    in_worker: bool = False
    afresh: bool = False

    @property
    def fitted(self) -> bool:
        return self.failure is None


class OutOfTimeError(Exception):
    """The time was up before the probe had ended."""


class Prober(Protocol):
    """Tries batch sizes of one workload under one memory budget."""

    @property
    def capacity_bytes(self) -> int | None:
        """Memory that a call may take; None where not known."""
        ...

    @property
    def memory_limit_bytes(self) -> int | None:
        """The limit in force; None: the device's own."""
        ...

    @property
    def in_worker(self) -> bool:
        """Whether sizes are tried in a worker process."""
        ...

    @property
    def deaths(self) -> tuple[str, ...]:
        """What ended workers from outside; each such size was tried again."""
        ...

    def probe(
        self, batch_size: int, *, smaller_fitted: bool, deadline: float | None = None
    ) -> Probe:
        """Tries the size.

        Args:
            smaller_fitted: whether a smaller size has fitted; ambiguous errors then are limits.
            deadline: of `time.monotonic()`; None: none. Only a worker can be held to it.

        Raises:
            OutOfTimeError: the deadline passed meanwhile.
        """
        ...

    def start_afresh(self) -> None:
        """Makes the next probe in a fresh worker."""
        ...
