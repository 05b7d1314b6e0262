"""Which batch size to try next: strategies that know only what the sizes so far have shown.

A strategy yields `Try`s and is sent an `Outcome` for each; it ends when it knows the answer: the
largest size that fitted, with the next one having failed or being above the cap. All assume that if
a size fits, every smaller one does; that is all they assume, whatever memory does in between.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass

from pytimer.plan import Strategy


@dataclass(frozen=True, slots=True)
class Try:
    """A size to try.

    Attributes:
        predicted: the limit that memory predicts so far; None where nothing is predicted.
    """

    size: int
    predicted: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a size has shown.

    Attributes:
        share: the memory it took, as a fraction of what there is; None where it failed or nobody
            tells.
    """

    fitted: bool
    share: float | None = None


Tries = Generator[Try, Outcome, None]


def tries(strategy: Strategy, cap: int | None) -> Tries:
    """Sizes from 1 on, none above `cap`, each once."""
    return {
        Strategy.GUIDED: _guided,
        Strategy.BINARY: _binary,
        Strategy.SEQUENTIAL: _sequential,
    }[strategy](cap)


def _sequential(cap: int | None) -> Tries:
    size = 1
    while (cap is None or size <= cap) and (yield Try(size)).fitted:
        size += 1


def _binary(cap: int | None) -> Tries:
    fitted, size = 0, 1
    while (yield Try(size)).fitted:
        fitted = size
        if size == cap:
            return
        size = 2 * size if cap is None else min(2 * size, cap)
    failed = size
    while failed - fitted > 1:
        middle = (fitted + failed) // 2
        if (yield Try(middle)).fitted:
            fitted = middle
        else:
            failed = middle


SECOND_SIZE = 4
"""Size of the second small probe; the line through the first two peaks makes the first guess."""

MOST_GROWTH = 64
"""No step goes beyond this many times what has fitted: two small peaks are weak evidence."""

BLIND_GROWTH = 4
"""Where the peaks do not grow."""

FLAT = 1e-15
"""Share of memory for each item; no more than rounding, it predicts nothing."""

MISSED_SPREAD = 0.25
"""Relative uncertainty of the limit once a size failed that the line said would fit; doubles with
each further one."""


def _guided(cap: int | None) -> Tries:
    """Memory peaks predict the limit; gallop away from it where it is wrong, then bisect.

    The limit is taken as log-Cauchy distributed around the prediction, within what is still
    possible, and the next size is its median. With a narrow spread that is the predicted limit,
    then the size above it; in the tail of the distribution it is a gallop with doubling steps;
    between two near bounds it is bisection. The spread is how far the last peak was from the line
    that had predicted it.
    """
    line = _Line()
    fitted, failed = 0, math.inf if cap is None else cap + 1
    predicted: float | None = None
    spread, beyond, short, has_failed, size = 0.0, 0, 0, False, 1
    while failed - fitted > 1:
        outcome = yield Try(size, None if predicted is None else max(int(predicted), 1))
        if outcome.fitted:
            beyond += predicted is not None and size >= int(predicted)
            fitted = size
            if outcome.share is not None:
                spread = line.miss(size, outcome.share) / 2
                line.add(size, outcome.share)
        else:
            short += predicted is not None and size <= predicted
            failed, has_failed = size, True
        predicted = line.reaches(1.0)
        if fitted <= 1:
            wanted = float(SECOND_SIZE)
        elif predicted is None:
            wanted = math.sqrt(fitted * failed) if has_failed else BLIND_GROWTH * fitted
        else:
            high = failed if has_failed else math.inf  # a cap is no evidence
            centre = min(max(predicted, fitted), high)
            if high <= predicted:  # smaller than predicted again and again: gallop down
                spread = max(spread, MISSED_SPREAD * 2 ** (short - 1))
            if beyond > 1:  # larger than predicted again and again: gallop
                spread = max(spread, 2 ** (beyond - 1) / fitted)
            wanted = _median(centre, spread, fitted, high)
        wanted = min(wanted, MOST_GROWTH * fitted, failed - 1)
        size = max(int(wanted), fitted + 1)


def _median(centre: float, spread: float, low: float, high: float) -> float:
    """Median of a log-Cauchy distribution around `centre`, cut off below `low` and above `high`."""
    width = max(spread, 1e-6)

    def angle(size: float) -> float:
        return math.atan(math.log(size / centre) / width) if size < math.inf else math.pi / 2

    middle = math.tan((angle(low) + angle(high)) / 2) * width
    return centre * math.exp(min(middle, 50.0))


class _Line:
    """Memory over batch size: the line through the smallest and the largest size that fitted."""

    def __init__(self) -> None:
        self._shares: dict[int, float] = {}

    def add(self, size: int, share: float) -> None:
        self._shares[size] = share

    def miss(self, size: int, share: float) -> float:
        """How far that point is from the line; 0 where there is no line yet."""
        if len(self._shares) < 2:
            return 0.0
        slope, largest = self._slope_and_largest()
        return abs(share - self._shares[largest] - slope * (size - largest))

    def reaches(self, share: float) -> float | None:
        """The size at which the line reaches that share, at least 1; None if it does not rise."""
        if len(self._shares) < 2:
            return None
        slope, largest = self._slope_and_largest()
        if slope <= FLAT:
            return None
        return max(largest + (share - self._shares[largest]) / slope, 1.0)

    def _slope_and_largest(self) -> tuple[float, int]:
        smallest, largest = min(self._shares), max(self._shares)
        rise = self._shares[largest] - self._shares[smallest]
        return rise / (largest - smallest), largest
