"""The article's mistakes, made on purpose: what each reads beside the correct measurement."""

from pytimer.mistakes.measuring import measure_mistakes
from pytimer.mistakes.names import MistakeName
from pytimer.mistakes.result import Arm, ColdStart, Mistake, MistakesResult

__all__ = [
    "Arm",
    "ColdStart",
    "Mistake",
    "MistakeName",
    "MistakesResult",
    "measure_mistakes",
]
