"""Requests that arrive at a rate: how long they wait, and which rate keeps a bound."""

from pytimer.serving.measuring import measure_load
from pytimer.serving.plan import Arrivals, LoadPlan
from pytimer.serving.requests import Requests
from pytimer.serving.result import Ending, LoadPoint, LoadResult
from pytimer.serving.verdict import Answer, Verdict

__all__ = [
    "Answer",
    "Arrivals",
    "Ending",
    "LoadPlan",
    "LoadPoint",
    "LoadResult",
    "Requests",
    "Verdict",
    "measure_load",
]
