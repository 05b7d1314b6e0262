"""What progress shows of a long series costs no more than of a short one."""

import numpy as np

import pytimer
from pytimer import measure


class Series:
    """An engine that has measured these."""

    def __init__(self, x):
        self.x = x
        self.first = None

    def copy_latest(self, first):
        self.first = first
        return self.x[first:]


def test_the_median_of_a_short_series_is_of_all():
    engine = Series(np.array([1.0, 5.0, 2.0]))
    assert measure._running_median(engine, 3) == "median so far 2.000 s"
    assert engine.first == 0


def test_the_median_of_a_long_series_is_of_the_latest_and_says_so():
    old, new = 100, measure.SHOWN_SAMPLES
    engine = Series(np.concatenate([np.full(old, 9.0), np.full(new, 3.0)]))
    assert measure._running_median(engine, old + new) == f"median of the last {new} 3.000 s"
    assert engine.first == old


def test_without_a_warm_up_the_first_pair_tells_how_many_go_into_half_a_second():
    told = []
    pytimer.ab(int, int, (), pairs=3, warm_up=0, on_progress=told.append)
    assert [(progress.stage, progress.done) for progress in told] == [("pairs", 1), ("pairs", 3)]
