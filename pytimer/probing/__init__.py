"""Trying batch sizes: what fits, what a failure means, and which size to try next."""

from __future__ import annotations

from pytimer.probing.failures import Failure, classify
from pytimer.probing.in_process import InProcessProber, ProbePlan, sized
from pytimer.probing.in_worker import WorkerProber
from pytimer.probing.opening import open_prober
from pytimer.probing.probe import MakeInputs, OutOfTimeError, Probe, Prober
from pytimer.probing.strategies import Outcome, Tries, tries

__all__ = [
    "Failure",
    "InProcessProber",
    "MakeInputs",
    "OutOfTimeError",
    "Outcome",
    "Probe",
    "ProbePlan",
    "Prober",
    "Tries",
    "WorkerProber",
    "classify",
    "open_prober",
    "sized",
    "tries",
]
