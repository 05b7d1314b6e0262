"""Whether what other processes measured differs, from one figure of each process."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from pytimer.samples import FloatArray
from pytimer.statistics.checked import checked

LEAST_PROCESSES = 5
"""On each side, for an interval from the spread between processes as it was seen."""

ASSUMED_SPREAD = 0.1
"""Relative standard deviation between processes where too few were measured to see it.

An assumption on the safe side: memory layout, clocks and neighbours rarely move a median as far."""

_LEAST_FREEDOM = 4
"""Differences between processes that show their spread at all: 3 processes on each side."""

MOST_PROCESSES = 100
"""More are never asked for: a change so near the bound is not worth finding."""


Verdict = Literal["same", "slower", "faster", "smaller", "larger", "inconclusive"]
"""Smaller and larger are for sizes."""


@dataclass(frozen=True, slots=True)
class Change:
    """How many times as long the new takes, and what can be said of it.

    Attributes:
        ratio: new / base of durations (base / new of rates): above 1 is slower.
        low, high: confidence interval of that ratio; the same where the figures are exact.
        verdict: "slower" or "faster" where the interval lies on one side of 1 and the bound is
            decided, "same" where it lies within the bound on both sides of 1, else "inconclusive".
        regression: whether the ratio exceeds the bound; None where the interval reaches across it.
        assumed: whether the spread between processes is assumed, for want of processes.
        needs: processes on each side that would tell; None where the verdict is not inconclusive.
    """

    ratio: float
    low: float
    high: float
    verdict: Verdict
    regression: bool | None
    assumed: bool = False
    needs: int | None = None


def compare_processes(
    base: FloatArray, new: FloatArray, *, bound: float, confidence: float = 0.95
) -> Change:
    """Whether the new durations are longer, from one figure (such as a median) of each process.

    Welch's t on the logarithms. With fewer than 5 processes on a side the spread between processes
    is not known well enough: then one of 10 % is assumed where less was seen, and "same" is never
    said.

    Args:
        base, new: durations, one of each process, shapes (m,) and (n,), m, n >= 1.
        bound: a ratio above 1 + bound is a regression; 0.05 is 5 %.
        confidence: of the interval.

    Raises:
        ValueError: none, a figure that is not finite and above 0, or a bound outside (0, 1).

    Source:
        Welch (1947); Kalibera and Jones (2013) for the process as the unit of repetition.
    """
    base, new = checked(base, positive=True), checked(new, positive=True)
    if not 0 < bound < 1:
        raise ValueError(f"bound must lie between 0 and 1, got {bound}; 0.05 is 5 %")
    logs = np.log(base), np.log(new)
    assumed = min(len(base), len(new)) < LEAST_PROCESSES
    log_ratio = float(np.mean(logs[1]) - np.mean(logs[0]))
    tail = (1 + confidence) / 2
    half = _assumed_half(logs, tail) if assumed else _welch_half(logs, tail)
    low, high = math.exp(log_ratio - half), math.exp(log_ratio + half)
    regression = None if low <= 1 + bound < high else low > 1 + bound
    verdict = _verdict(low, high, bound, regression, assumed)
    needs = None
    if verdict == "inconclusive":
        needs = _needed(logs, log_ratio, math.log1p(bound), tail)
    return Change(math.exp(log_ratio), low, high, verdict, regression, assumed, needs)


def _verdict(
    low: float, high: float, bound: float, regression: bool | None, assumed: bool
) -> Verdict:
    if regression is None:
        return "inconclusive"
    if low > 1:
        return "slower"
    if high < 1:
        return "faster"
    return "same" if low >= 1 / (1 + bound) and not assumed else "inconclusive"


def _welch_half(logs: tuple[FloatArray, FloatArray], tail: float) -> float:
    shares = [float(np.var(x, ddof=1)) / len(x) for x in logs]
    if sum(shares) == 0:
        return 0.0
    weights = sum(share**2 / (len(x) - 1) for share, x in zip(shares, logs, strict=True))
    return float(stats.t.ppf(tail, sum(shares) ** 2 / weights)) * math.sqrt(sum(shares))


def _assumed_half(logs: tuple[FloatArray, FloatArray], tail: float) -> float:
    spread = max(_spread(logs) or 0.0, ASSUMED_SPREAD)
    return float(stats.norm.ppf(tail)) * spread * math.sqrt(sum(1 / len(x) for x in logs))


def _spread(logs: tuple[FloatArray, FloatArray]) -> float | None:
    """Pooled standard deviation between processes; None where too few show it."""
    freedom = sum(len(x) - 1 for x in logs)
    if freedom < _LEAST_FREEDOM:
        return None
    squares = sum(float(np.sum((x - np.mean(x)) ** 2)) for x in logs)
    return math.sqrt(squares / freedom)


def _needed(
    logs: tuple[FloatArray, FloatArray], log_ratio: float, log_bound: float, tail: float
) -> int:
    """Processes on each side for an interval that ends half way to the bound, or before it."""
    fewest = min(map(len, logs))
    spread = _spread(logs)
    if spread is None:
        return LEAST_PROCESSES
    distance = min(abs(abs(log_ratio) - log_bound), log_bound / 2)
    counts = np.arange(max(LEAST_PROCESSES, fewest + 1), MOST_PROCESSES)
    halves = stats.t.ppf(tail, 2 * counts - 2) * spread * np.sqrt(2 / counts)
    enough = counts[halves <= distance]
    return int(enough[0]) if len(enough) else MOST_PROCESSES
