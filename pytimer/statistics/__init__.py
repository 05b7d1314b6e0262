"""Statistics of samples: pure functions of numpy arrays, in the unit of the samples."""

from pytimer.statistics.autocorrelation import autocorrelation_time, effective_sample_size
from pytimer.statistics.blocks import interval_of_mean, mean_of_blocks, std_of_blocks
from pytimer.statistics.change_points import Segment, segments, warm_up_cut
from pytimer.statistics.flags import Flag, flags
from pytimer.statistics.intervals import (
    Interval,
    interval_of_rounds,
    least_for_interval,
    percentile_interval,
)
from pytimer.statistics.pairs import Comparison, compare_pairs
from pytimer.statistics.processes import (
    ASSUMED_SPREAD,
    LEAST_PROCESSES,
    MOST_PROCESSES,
    Change,
    Figure,
    Verdict,
    compare_processes,
)
from pytimer.statistics.summary import (
    Summary,
    least_samples,
    mean,
    percentile,
    std,
    summary,
    timer_step,
)

__all__ = [
    "ASSUMED_SPREAD",
    "LEAST_PROCESSES",
    "MOST_PROCESSES",
    "Change",
    "Comparison",
    "Figure",
    "Flag",
    "Interval",
    "Segment",
    "Summary",
    "Verdict",
    "autocorrelation_time",
    "compare_pairs",
    "compare_processes",
    "effective_sample_size",
    "flags",
    "interval_of_mean",
    "interval_of_rounds",
    "least_for_interval",
    "least_samples",
    "mean",
    "mean_of_blocks",
    "percentile",
    "percentile_interval",
    "segments",
    "std",
    "std_of_blocks",
    "summary",
    "timer_step",
    "warm_up_cut",
]
