"""What each mistake reads beside the correct measurement."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pytimer import require, statistics
from pytimer.caveats import Caveat
from pytimer.curve import SweepResult
from pytimer.environment import Environment
from pytimer.mistakes.names import NAMES, WHY, MistakeName
from pytimer.plan import MistakesPlan
from pytimer.samples import FloatArray, Samples
from pytimer.workload import Subject

_SINGLE = (0.025, 0.975)
"""Fractions between which 95 % of single samples lie."""


@dataclass(frozen=True, slots=True, eq=False)
class Arm:
    """What one way of measuring read.

    Attributes:
        seconds: of each call or item, shape (n,), n >= 1, round after round.
        round_starts: indices of the first sample of each round.
    """

    seconds: FloatArray
    round_starts: tuple[int, ...] = (0,)

    @staticmethod
    def of_rounds(rounds: Sequence[FloatArray]) -> Arm:
        starts = np.cumsum([0, *(len(part) for part in rounds[:-1])])
        return Arm(np.concatenate(rounds), tuple(int(start) for start in starts))

    def __post_init__(self) -> None:
        if not len(self.seconds):
            raise ValueError("seconds must have at least one sample, got none")
        if self.round_starts[:1] != (0,):
            raise ValueError(f"round_starts must begin with 0, got {self.round_starts[:1]}")
        require.ascending_within("round_starts", self.round_starts, len(self.seconds) - 1)
        if np.min(self.seconds) < 0:
            raise ValueError(f"seconds must not be negative, got {np.min(self.seconds)}")
        self.seconds.setflags(write=False)

    @property
    def mean_s(self) -> float:
        return float(np.mean(self.seconds))

    @property
    def std_s(self) -> float | None:
        """ddof = 0, as in the article; None for one sample."""
        return statistics.std(self.seconds)

    @property
    def round_means_s(self) -> FloatArray:
        """Shape (rounds,)."""
        parts = np.split(self.seconds, self.round_starts[1:])
        return np.array([np.mean(part) for part in parts])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Arm):
            return NotImplemented
        same = self.round_starts == other.round_starts
        return same and np.array_equal(self.seconds, other.seconds)


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake beside the correct measurement.

    Attributes:
        per: what the seconds are of.
        correct, mistaken: None where it is not shown. Of single-sample the correct figures are the
            means of the rounds, the mistaken ones the samples themselves.
        missing: why it is not shown; None where it is.
    """

    name: MistakeName
    per: Literal["call", "item"] = "call"
    correct: Arm | None = None
    mistaken: Arm | None = None
    missing: str | None = None

    def __post_init__(self) -> None:
        shown = [arm is not None for arm in (self.correct, self.mistaken)]
        if shown != [self.missing is None] * 2:
            raise ValueError(f"{self.name} must have both arms, or say why they are missing")

    @property
    def why(self) -> str:
        """One sentence."""
        return WHY[self.name]

    @property
    def factor(self) -> float | None:
        """Mistaken ÷ correct: the geometric mean of the ratios of the rounds' means; None where it
        is not shown, or where a round took no time at all.

        Of single-sample the largest sample ÷ the mean: what one sample can be off by.
        """
        if self.correct is None or self.mistaken is None or not self._took_time:
            return None
        if self.name == "single-sample":
            return float(np.max(self.mistaken.seconds)) / self.mistaken.mean_s
        return math.exp(float(np.mean(self._logs(self.correct, self.mistaken))))

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 % confidence interval of the factor, Student's t over the rounds; None below two.

        Of single-sample the range of 95 % of single samples ÷ the mean; None below 40 samples.
        """
        if self.correct is None or self.mistaken is None or not self._took_time:
            return None
        if self.name == "single-sample":
            low, high = (statistics.percentile(self.mistaken.seconds, p) for p in _SINGLE)
            mean_s = self.mistaken.mean_s
            return None if low is None or high is None else (low / mean_s, high / mean_s)
        logs = self._logs(self.correct, self.mistaken)
        bounds = statistics.interval_of_rounds(logs).bounds
        return None if bounds is None else (math.exp(bounds[0]), math.exp(bounds[1]))

    @property
    def _took_time(self) -> bool:
        """Whether no round of either arm was too short for the clock."""
        arms = (self.correct, self.mistaken)
        return all(np.min(arm.round_means_s) >= require.LEAST for arm in arms if arm is not None)

    @staticmethod
    def _logs(correct: Arm, mistaken: Arm) -> FloatArray:
        right, wrong = correct.round_means_s, mistaken.round_means_s
        rounds = min(len(right), len(wrong))
        logs: FloatArray = np.log(wrong[:rounds] / right[:rounds])
        return logs


@dataclass(frozen=True, slots=True)
class ColdStart:
    """The first calls in a process of their own, stage by stage, seconds of host time.

    Importing torch and unpacking the model are in none of the stages.

    Attributes:
        initialisation_s: of the device: the driver, and this process's context on it. The process
            that asked holds the device meanwhile, so a driver that is unloaded between users
            (persistence mode off) was loaded already. None on the host.
        placing_s: model and inputs onto the device.
        compile_s: of the calls in which torch.compile worked, which are in no sample; None where it
            was not asked for.
        warm_up: how many of the first samples are warm-up.
        samples: isolated calls, from the very first on, or from the first one that is compiled.
    """

    initialisation_s: float | None
    placing_s: float
    compile_s: float | None
    warm_up: int
    samples: Samples

    def __post_init__(self) -> None:
        require.positive(warm_up=self.warm_up)
        if self.samples.host_s is None or not len(self.samples):
            raise ValueError("samples must have host times of at least one call")

    @property
    def first_s(self) -> float:
        return float(self._host_s[0])

    @property
    def tail_s(self) -> float | None:
        """Mean of the other warm-up calls; None where there is none."""
        return statistics.mean(self._host_s[1 : self.warm_up])

    @property
    def steady_s(self) -> float | None:
        """Mean of the calls after the warm-up."""
        return statistics.mean(self._host_s[self.warm_up :])

    @property
    def _host_s(self) -> FloatArray:
        assert self.samples.host_s is not None, "isolated calls have host times"
        return self.samples.host_s


@dataclass(frozen=True, slots=True)
class MistakesResult:
    """The article's mistakes, and those it implies, on one model.

    Attributes:
        rows: every mistake, shown or with the reason why not.
        cold: what no-warm-up is from; None where it was not measured.
        sweep: what largest-batch is from; likewise.
    """

    subject: Subject
    plan: MistakesPlan
    rows: tuple[Mistake, ...]
    cold: ColdStart | None
    sweep: SweepResult | None
    environment: Environment
    caveats: tuple[Caveat, ...]

    def __post_init__(self) -> None:
        if tuple(row.name for row in self.rows) != NAMES:
            raise ValueError(f"rows must be {', '.join(NAMES)}, each once and in that order")

    def __getitem__(self, name: str) -> Mistake:
        """The mistake of that name, such as "no-eval"; KeyError for any other."""
        for row in self.rows:
            if row.name == name:
                return row
        raise KeyError(name)
