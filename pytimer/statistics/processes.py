"""Whether what other processes measured differs, from one figure of each process."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pytimer import require
from pytimer.samples import FloatArray
from pytimer.statistics.checked import checked
from pytimer.statistics.quantiles import of_normal, of_student

LEAST_PROCESSES = 5
"""On each side, for an interval from the spread between processes as it was seen."""

ASSUMED_SPREAD = 0.1
"""Relative standard deviation between processes where too few were measured to see it.

An assumption on the safe side: memory layout, clocks and neighbours rarely move a median as far.
Nothing bounds a percentile at the end of a distribution like that."""

_LEAST_FREEDOM = 4
"""Degrees of freedom from which a spread foretells how many processes tell: 3 on each side."""

MOST_PROCESSES = 100
"""More are never asked for: a change so near the bound is not worth finding."""


Verdict = Literal["same", "slower", "faster", "smaller", "larger", "inconclusive"]
"""Smaller and larger are for sizes."""

Figure = Literal["median", "percentile"]
"""A rate over all calls counts as a median."""


@dataclass(frozen=True, slots=True)
class Change:
    """How many times as long the new takes, and what can be said of it.

    Attributes:
        ratio: new / base of durations (base / new of rates): above 1 is slower.
        low, high: confidence interval of that ratio; the same where the figures are exact.
        verdict: "slower" or "faster" where the interval lies on one side of 1 and the bound is
            decided, "same" where it lies within the bound on both sides of 1, else "inconclusive".
        regression: whether the ratio exceeds the bound; None where the interval reaches across it.
        assumed: whether the interval is that of an assumed spread, for want of processes.
        needs: processes on each side that would tell; None where the verdict is not inconclusive.
    """

    ratio: float
    low: float
    high: float
    verdict: Verdict
    regression: bool | None
    assumed: bool = False
    needs: int | None = None

    def __post_init__(self) -> None:
        require.positive(ratio=self.ratio, low=self.low, high=self.high)


def compare_processes(
    base: FloatArray,
    new: FloatArray,
    *,
    bound: float,
    confidence: float = 0.95,
    figure: Figure = "median",
) -> Change:
    """Whether the new durations are longer, from one figure (such as a median) of each process.

    Welch's t on the logarithms. With fewer than 5 processes on a side the spread between processes
    is not known well enough: then the interval is that of an assumed 10 % or that of Student's t
    with what was seen, whichever is wider, and "same" is never said.

    Args:
        base, new: durations, one of each process, shapes (m,) and (n,), m, n >= 1.
        bound: a ratio above 1 + bound is a regression; 0.05 is 5 %.
        confidence: of the interval.
        figure: what that of each process is. A percentile has no verdict with fewer than 5.

    Raises:
        ValueError: none, a figure that is not finite and above 0, or a bound outside (0, 1).

    Source:
        Welch (1947); Kalibera and Jones (2013) for the process as the unit of repetition.
    """
    base, new = checked(base, positive=True), checked(new, positive=True)
    if not 0 < bound < 1:
        raise ValueError(f"bound must lie between 0 and 1, got {bound}; 0.05 is 5 %")
    logs = np.log(base), np.log(new)
    few = min(len(base), len(new)) < LEAST_PROCESSES
    log_ratio = float(np.mean(logs[1]) - np.mean(logs[0]))
    tail = (1 + confidence) / 2
    half, assumed = _half_of_few(logs, tail) if few else (_welch_half(logs, tail), False)
    low, high = math.exp(log_ratio - half), math.exp(log_ratio + half)
    unknown = (few and figure == "percentile") or low <= 1 + bound < high
    regression = None if unknown else low > 1 + bound
    verdict = _verdict(low, high, bound, regression, few)
    needs = None
    if verdict == "inconclusive":
        needs = _needed(logs, log_ratio, math.log1p(bound), tail)
    return Change(math.exp(log_ratio), low, high, verdict, regression, assumed, needs)


def _verdict(low: float, high: float, bound: float, regression: bool | None, few: bool) -> Verdict:
    if regression is None:
        return "inconclusive"
    if low > 1:
        return "slower"
    if high < 1:
        return "faster"
    return "same" if low >= 1 / (1 + bound) and not few else "inconclusive"


def _welch_half(logs: tuple[FloatArray, FloatArray], tail: float) -> float:
    shares = [float(np.var(x, ddof=1)) / len(x) for x in logs]
    if sum(shares) == 0:
        return 0.0
    weights = sum(share**2 / (len(x) - 1) for share, x in zip(shares, logs, strict=True))
    return of_student(tail, sum(shares) ** 2 / weights) * math.sqrt(sum(shares))


def _half_of_few(logs: tuple[FloatArray, FloatArray], tail: float) -> tuple[float, bool]:
    """The wider half of two intervals, and whether it is that of the assumed spread."""
    width = math.sqrt(sum(1 / len(x) for x in logs))
    assumed = of_normal(tail) * ASSUMED_SPREAD * width
    freedom = _freedom(logs)
    seen = of_student(tail, freedom) * _spread(logs) * width if freedom else 0.0
    return (assumed, True) if assumed >= seen else (seen, False)


def _freedom(logs: tuple[FloatArray, FloatArray]) -> int:
    return sum(len(x) - 1 for x in logs)


def _spread(logs: tuple[FloatArray, FloatArray]) -> float:
    """Pooled standard deviation between processes; needs a degree of freedom."""
    squares = sum(float(np.sum((x - np.mean(x)) ** 2)) for x in logs)
    return math.sqrt(squares / _freedom(logs))


def _needed(
    logs: tuple[FloatArray, FloatArray], log_ratio: float, log_bound: float, tail: float
) -> int:
    """Processes on each side for an interval that ends half way to the bound, or before it."""
    if _freedom(logs) < _LEAST_FREEDOM:
        return LEAST_PROCESSES
    fewest = min(map(len, logs))
    distance = min(abs(abs(log_ratio) - log_bound), log_bound / 2)
    counts = np.arange(max(LEAST_PROCESSES, fewest + 1), MOST_PROCESSES)
    quantiles = np.array([of_student(tail, 2 * count - 2) for count in counts.tolist()])
    halves = quantiles * _spread(logs) * np.sqrt(2 / counts)
    enough = counts[halves <= distance]
    return int(enough[0]) if len(enough) else MOST_PROCESSES
