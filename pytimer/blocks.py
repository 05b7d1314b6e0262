"""Samples of many calls kept as means of blocks, so that memory does not grow with the calls."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pytimer.loops import IsolatedEngine
from pytimer.samples import FloatArray, Samples


class BlockEngine:
    """Makes the calls of another engine, and keeps the mean of every `block` of them in a row.

    What was measured is folded after each `isolated`, outside of every timed call; the other engine
    then has nothing left. The last block may be a shorter one.
    """

    def __init__(self, engine: IsolatedEngine, block: int, calls: int) -> None:
        """`calls`: the most that will be made."""
        self._engine = engine
        self._block = block
        self._entries = -(-calls // block)
        self._columns: dict[str, _Column] = {}
        self._latest: Samples | None = None

    def isolated(self, repetitions: int) -> None:
        self._engine.isolated(repetitions)
        self._fold()

    def copy_latest(self, first: int) -> FloatArray | None:
        """The calls of the last chunk, however many were asked for."""
        return None if self._latest is None else self._latest.latency_s

    def whole_blocks(self) -> Samples:
        """A copy of the blocks that are full."""
        return self._samples({name: column.whole() for name, column in self._columns.items()})

    def take(self) -> Samples:
        """Hands all blocks over and forgets them."""
        self._fold()  # what was measured before a call raised
        columns = {name: column.taken() for name, column in self._columns.items()}
        last = next((column.last_block for column in self._columns.values()), None)
        self._columns = {}
        return self._samples(columns, last)

    def _samples(
        self, columns: Mapping[str, tuple[FloatArray, FloatArray]], last_block: int | None = None
    ) -> Samples:
        return Samples(
            "host" if self._latest is None else self._latest.clock,
            {name: means for name, (means, _) in columns.items()},
            block=self._block,
            last_block=last_block,
            variances={name: variances for name, (_, variances) in columns.items()},
        )

    def _fold(self) -> None:
        samples = self._engine.take()
        if self._latest is None or len(samples):
            self._latest = samples
        for name, times_s in samples.columns.items():
            if name not in self._columns:
                self._columns[name] = _Column(self._block, self._entries)
            self._columns[name].add(times_s)


class _Column:
    """Means and variances of blocks, and the block that is not full yet.

    Source:
        Chan, Golub and LeVeque (1983) for the variance of two parts together.
    """

    def __init__(self, block: int, entries: int) -> None:
        self._block = block
        self._means = np.empty(entries)
        self._variances = np.empty(entries)
        self._filled = 0
        self._begin()

    @property
    def last_block(self) -> int | None:
        """Calls of the last block; None where it is as long as the others."""
        return self._count or None

    def add(self, times_s: FloatArray) -> None:
        if self._count:
            room = self._block - self._count
            self._merge(times_s[:room])
            times_s = times_s[room:]
            if self._count == self._block:
                self._keep(np.array([self._mean]), np.array([self._squares / self._block]))
                self._begin()
        whole = len(times_s) // self._block * self._block
        blocks = times_s[:whole].reshape(-1, self._block)
        self._keep(np.mean(blocks, axis=1), np.var(blocks, axis=1))
        self._merge(times_s[whole:])

    def whole(self) -> tuple[FloatArray, FloatArray]:
        """Copies of the means and variances of the blocks that are full."""
        return self._means[: self._filled].copy(), self._variances[: self._filled].copy()

    def taken(self) -> tuple[FloatArray, FloatArray]:
        """Means and variances, the block that is not full included."""
        if self._count:
            self._keep(np.array([self._mean]), np.array([self._squares / self._count]))
        return self._means[: self._filled], self._variances[: self._filled]

    def _begin(self) -> None:
        self._count, self._mean, self._squares = 0, 0.0, 0.0

    def _merge(self, times_s: FloatArray) -> None:
        if not len(times_s):
            return
        mean = float(np.mean(times_s))
        count, total = self._count, self._count + len(times_s)
        apart = mean - self._mean
        self._mean += apart * len(times_s) / total
        self._squares += float(np.sum((times_s - mean) ** 2))
        self._squares += apart**2 * count * len(times_s) / total
        self._count = total

    def _keep(self, means: FloatArray, variances: FloatArray) -> None:
        end = self._filled + len(means)
        self._means[self._filled : end] = means
        self._variances[self._filled : end] = variances
        self._filled = end
