"""What ranks measured together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from pytimer import require, statistics
from pytimer.caveats import Caveat
from pytimer.environment import Environment
from pytimer.latency import LatencyResult
from pytimer.ranks.clocks import ClockOffset
from pytimer.ranks.straggler import Straggler, straggler_of
from pytimer.ranks.window import LEAST_UNCERTAINTIES, Span, blocks_of, calls_until, common
from pytimer.samples import FloatArray
from pytimer.throughput import BLOCKS, ThroughputResult
from pytimer.units import duration
from pytimer.workload import Subject

LATE_SHARE = 0.05
"""Of the shortest measurement: a rank that began later than this is told of."""

Measured = ThroughputResult | LatencyResult


@dataclass(frozen=True, slots=True)
class RankResult:
    """What one rank measured while the others worked.

    Attributes:
        rank: which.
        node: the name of its machine.
        clock: of the rank, as seen from rank 0.
        opened_s, closed_s: when its samples began and ended, seconds on the clock of rank 0 after
            the moment at which all were to begin.
        measured: as by one process alone.
    """

    rank: int
    node: str
    clock: ClockOffset
    opened_s: float
    closed_s: float
    measured: Measured

    @property
    def span(self) -> Span:
        return Span(self.opened_s, self.closed_s)


@dataclass(frozen=True, slots=True)
class MissingRank:
    """A rank that did not answer, and why, as far as is known."""

    rank: int
    reason: str


@dataclass(frozen=True, slots=True)
class RanksResult:
    """What several ranks measured at the same time.

    Attributes:
        world_size: how many ranks there were.
        ranks: those that answered, by rank.
        missing: those that did not.
        alone: rank 0 in the same session while the others waited; None where it did not come to
            that.
    """

    world_size: int
    ranks: tuple[RankResult, ...]
    missing: tuple[MissingRank, ...]
    alone: Measured | None

    def __post_init__(self) -> None:
        if not self.ranks and self.alone is None:
            raise ValueError("expected something measured, by rank 0 alone or by the ranks")
        for name, numbers in (("ranks", self.ranks), ("missing", self.missing)):
            found = tuple(one.rank for one in numbers)
            require.ascending_within(name, found, self.world_size - 1)

    @property
    def first(self) -> Measured:
        """Of the lowest rank that answered, or of rank 0 alone."""
        found = self.ranks[0].measured if self.ranks else self.alone
        assert found is not None, "checked when it was made"
        return found

    @property
    def subject(self) -> Subject:
        return self.first.subject

    @property
    def environment(self) -> Environment:
        """That of `first`; each rank's own is in its `measured`."""
        return self.first.environment

    @property
    def window(self) -> Span | None:
        """When all ranks that answered were at work; None where they never were."""
        window = common([rank.span for rank in self.ranks]) if self.ranks else Span(0, 0)
        return window if window.length_s > 0 else None

    @property
    def uncertainty_s(self) -> float:
        """Of the clock that is known worst."""
        return max((rank.clock.uncertainty_s for rank in self.ranks), default=0.0)

    @property
    def refusal(self) -> str | None:
        """Why there is no aggregate; None where there is one."""
        if self.missing:
            lost = ", ".join(str(one.rank) for one in self.missing)
            return f"no word from rank {lost} of {self.world_size}"
        if self.window is None:
            return "the ranks were never at work at the same time: measure more batches (--batches)"
        least_s = LEAST_UNCERTAINTIES * self.uncertainty_s
        if self.window.length_s < least_s:
            return (
                f"the common window is {duration(self.window.length_s)}, the clocks are known to "
                f"±{duration(self.uncertainty_s)}: expected at least {duration(least_s)}, measure "
                "more batches (--batches)"
            )
        return None

    @property
    def items_per_s(self) -> float | None:
        """Items of all ranks in the common window ÷ its length; None where refused, or of latency.

        A call that lies in the window in part counts in part.
        """
        rates = self._block_rates(1)
        return None if rates is None else float(rates[0])

    @property
    def items_per_s_interval(self) -> tuple[float, float] | None:
        """95 % confidence interval of that rate: Student's t over 10 blocks of the window.

        None where a rank has fewer than 20 calls.
        """
        rates = self._block_rates(BLOCKS)
        if rates is None or self._fewest < 2 * BLOCKS:
            return None
        return statistics.interval_of_rounds(rates).bounds

    @property
    def efficiency(self) -> float | None:
        """That rate ÷ (ranks × the rate of rank 0 alone); None where one of them is not known."""
        if self.items_per_s is None or not isinstance(self.alone, ThroughputResult):
            return None
        return self.items_per_s / (self.world_size * self.alone.items_per_s)

    @property
    def straggler(self) -> Straggler | None:
        """The rank that is slower than the others beyond doubt; None where none is seen, or where
        one did nothing for a tenth of the window."""
        if not self.can_show_straggler:
            return None
        call_s = {rank.rank: self._block_call_s(rank) for rank in self.ranks}
        if not np.isfinite([*call_s.values()]).all():
            return None
        return straggler_of(call_s)

    @property
    def can_show_straggler(self) -> bool:
        """Whether there are two ranks with a common window and 20 samples each."""
        enough = len(self.ranks) > 1 and self._fewest >= 2 * BLOCKS
        return enough and self.window is not None

    @property
    def caveats(self) -> tuple[Caveat, ...]:
        """Of the ranks together, then of each rank."""
        return (*self._of_missing(), *self._of_late(), *self._of_parts())

    def _of_missing(self) -> Iterator[Caveat]:
        for one in self.missing:
            yield Caveat(
                "rank-missing",
                f"rank {one.rank} of {self.world_size} is missing: {one.reason}",
                "the figures are of the ranks that answered; measure again with all",
            )

    def _of_late(self) -> Iterator[Caveat]:
        if len(self.ranks) < 2:
            return
        last = max(self.ranks, key=lambda rank: rank.opened_s)
        late_s = last.opened_s - min(rank.opened_s for rank in self.ranks)
        shortest_s = min(rank.span.length_s for rank in self.ranks)
        if late_s > LATE_SHARE * shortest_s:
            yield Caveat(
                "late-start",
                f"rank {last.rank} began {duration(late_s)} after the first, and the shortest "
                f"measurement took {duration(shortest_s)}: not all were at work meanwhile",
                "measure for longer (--batches, --repetitions), or free the machines",
            )

    def _of_parts(self) -> Iterator[Caveat]:
        """Each once, with the ranks that have it; of rank 0 alone where no rank answered."""
        if not self.ranks:
            yield from self.first.caveats
        having: dict[Caveat, list[int]] = {}
        for rank in self.ranks:
            for caveat in rank.measured.caveats:
                having.setdefault(caveat, []).append(rank.rank)
        for caveat, ranks in having.items():
            if len(ranks) == len(self.ranks):
                yield caveat
            else:
                who = ", ".join(map(str, ranks))
                yield replace(caveat, message=f"rank {who}: {caveat.message}")

    @property
    def _fewest(self) -> int:
        return min((len(rank.measured.samples) for rank in self.ranks), default=0)

    def _block_rates(self, blocks: int) -> FloatArray | None:
        """Items per second of all ranks in each block of the window, shape (blocks,)."""
        if self.refusal is not None or self.window is None:
            return None
        if not all(isinstance(rank.measured, ThroughputResult) for rank in self.ranks):
            return None
        edges_s = blocks_of(self.window, blocks)
        items = np.zeros(blocks)
        for rank in self.ranks:
            assert isinstance(rank.measured, ThroughputResult), "all are"
            items += rank.measured.batch_size * self._calls_in(rank, edges_s)
        return items / np.diff(edges_s)

    def _block_call_s(self, rank: RankResult) -> FloatArray:
        """Seconds per call in each block: of the window, or of the samples where it has no times
        of finish. Infinite in a block without a call."""
        if rank.measured.samples.finish_s is None or self.window is None:
            parts = np.array_split(rank.measured.samples.latency_s, BLOCKS)
            return np.array([float(np.median(part)) for part in parts])
        edges_s = blocks_of(self.window, BLOCKS)
        calls = self._calls_in(rank, edges_s)
        call_s = np.full(BLOCKS, np.inf)
        np.divide(np.diff(edges_s), calls, out=call_s, where=calls > 0)
        return call_s

    @staticmethod
    def _calls_in(rank: RankResult, edges_s: FloatArray) -> FloatArray:
        finish_s = rank.measured.samples.finish_s
        assert finish_s is not None, "pipelined calls have finish times"
        return np.diff(calls_until(edges_s, rank.opened_s, finish_s))
