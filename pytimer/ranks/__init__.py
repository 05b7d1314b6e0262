"""Many processes that measure the same model together, as torchrun starts them."""

from pytimer.ranks.clocks import ClockOffset
from pytimer.ranks.group import Group, joined
from pytimer.ranks.measuring import TIMEOUT_S, measure_ranks, measured_in
from pytimer.ranks.place import Place, place_of
from pytimer.ranks.result import MissingRank, RankResult, RanksResult
from pytimer.ranks.straggler import Straggler

__all__ = [
    "TIMEOUT_S",
    "ClockOffset",
    "Group",
    "MissingRank",
    "Place",
    "RankResult",
    "RanksResult",
    "Straggler",
    "joined",
    "measure_ranks",
    "measured_in",
    "place_of",
]
