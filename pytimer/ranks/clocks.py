"""How far the clock of one rank is from that of another, from messages sent to and fro."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exchange:
    """A message to rank 0 and its answer, nanoseconds; two stamps of each clock.

    Attributes:
        sent_ns, returned_ns: on the clock of the rank that asks.
        arrived_ns, answered_ns: on the clock of rank 0.
    """

    sent_ns: int
    arrived_ns: int
    answered_ns: int
    returned_ns: int

    @property
    def on_the_way_ns(self) -> int:
        """There and back, without the time at rank 0."""
        return (self.returned_ns - self.sent_ns) - (self.answered_ns - self.arrived_ns)


@dataclass(frozen=True, slots=True)
class ClockOffset:
    """What is to be added to a rank's clock to get that of rank 0.

    Attributes:
        offset_s: seconds.
        uncertainty_s: the true offset is no further away than this.
    """

    offset_s: float
    uncertainty_s: float


SAME_CLOCK = ClockOffset(0.0, 0.0)
"""Of rank 0 with itself."""


def offset_of(exchanges: Iterable[Exchange]) -> ClockOffset:
    """The offset that the fastest exchange shows.

    The message was half of the time on the way there if both ways take equally long; at worst one
    took nothing, so the offset is off by half of the time at most.

    Raises:
        ValueError: there is no exchange.

    Source:
        RFC 5905 (NTP version 4), sections 8 and 10: the clock filter.
    """
    best = min(exchanges, key=lambda exchange: exchange.on_the_way_ns)
    there = best.arrived_ns - best.sent_ns
    back = best.answered_ns - best.returned_ns
    return ClockOffset((there + back) / 2e9, max(best.on_the_way_ns, 0) / 2e9)


def over_both(before: ClockOffset, after: ClockOffset) -> ClockOffset:
    """The offset in the time between two estimates, with the drift in its uncertainty."""
    half_drift_s = abs(after.offset_s - before.offset_s) / 2
    return ClockOffset(
        (before.offset_s + after.offset_s) / 2,
        max(before.uncertainty_s, after.uncertainty_s) + half_drift_s,
    )
