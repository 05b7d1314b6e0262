"""What comparing two stored results has found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pytimer import require
from pytimer.caveats import Caveat
from pytimer.comparing.metrics import MetricUnit
from pytimer.environment import Environment
from pytimer.samples import FloatArray
from pytimer.statistics import Change
from pytimer.workload import Subject


@dataclass(frozen=True, slots=True, eq=False)
class ComparedMetric:
    """One figure on both sides.

    Attributes:
        base, new: of each process, in the unit, shapes (m,) and (n,).
        change: above 1 is worse: a longer time, fewer items per second, a smaller batch size.
    """

    name: str
    unit: MetricUnit
    base: FloatArray
    new: FloatArray
    change: Change

    def __post_init__(self) -> None:
        require.positive(base_processes=len(self.base), new_processes=len(self.new))
        require.positive(base=self.base, new=self.new)
        for values in (self.base, self.new):
            values.setflags(write=False)

    @property
    def base_median(self) -> float:
        return float(np.median(self.base))

    @property
    def new_median(self) -> float:
        return float(np.median(self.new))

    @property
    def ratio(self) -> float:
        """New ÷ base, in the unit as it is: of a rate, above 1 is better."""
        return self.change.ratio if self.unit == "s" else 1 / self.change.ratio

    @property
    def interval(self) -> tuple[float, float]:
        """95 % confidence interval of `ratio`."""
        low, high = self.change.low, self.change.high
        return (low, high) if self.unit == "s" else (1 / high, 1 / low)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ComparedMetric):
            return NotImplemented
        return (
            (self.name, self.unit, self.change) == (other.name, other.unit, other.change)
            and np.array_equal(self.base, other.base)
            and np.array_equal(self.new, other.new)
        )


@dataclass(frozen=True, slots=True)
class CompareResult:
    """How a new result compares with a base.

    Attributes:
        fail_above: a figure worse by more than this fraction is a regression.
        metrics: the figures that both have.
        unpaired: names of those that only one has, or that are of no use on one side.
        differences: of the environments and setups, where they were allowed.
        environment: of the new result.
        caveats: of both, each said to be of which.
    """

    base: Subject
    new: Subject
    fail_above: float
    metrics: tuple[ComparedMetric, ...]
    unpaired: tuple[str, ...]
    differences: tuple[str, ...]
    environment: Environment
    caveats: tuple[Caveat, ...]

    @property
    def regressions(self) -> tuple[ComparedMetric, ...]:
        """The figures that are worse by more than the bound, all of the interval."""
        return tuple(metric for metric in self.metrics if metric.change.regression)

    @property
    def undecided(self) -> tuple[ComparedMetric, ...]:
        """The figures of which cannot be told whether they are."""
        return tuple(metric for metric in self.metrics if metric.change.regression is None)
